/** Tasks in the reference's JSON (04 section 4.9). */
import type { z } from 'zod';
import type { Task } from '../store/tasks.ts';
import { isoOrNull } from './render.ts';
import type { task } from './schemas/desk.ts';

export function taskJson(one: Task): z.infer<typeof task> {
  return {
    id: one.id,
    title: one.title,
    description: one.description,
    status: one.status,
    priority: one.priority,
    visibility: one.visibility,
    created_by: one.createdBy,
    assigned_to: one.assignedTo,
    updated_by: one.updatedBy,
    objective_id: one.objectiveId,
    due_at: isoOrNull(one.dueAt),
    completed_at: isoOrNull(one.completedAt),
    created_at: isoOrNull(one.createdAt),
    updated_at: isoOrNull(one.updatedAt),
    metadata: one.metadata,
    origin_peer: one.originPeer,
    source_type: one.sourceType,
  };
}
