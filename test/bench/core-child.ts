/** A node core in a process of its own (`core-process.ts`), as the one that measures sees it. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import path from 'node:path';
import type { Command } from './core-process.ts';

export class CoreChild {
  readonly #child: ChildProcess;

  constructor() {
    this.#child = fork(path.join(import.meta.dirname, 'core-process.ts'), {
      execArgv: ['--expose-gc', '--import', 'tsx'],
    });
  }

  /** Resolves when it takes commands. */
  ready(): Promise<unknown> {
    return this.#answer();
  }

  /** One command at a time. */
  async ask(command: Command): Promise<unknown> {
    const answer = this.#answer();
    this.#child.send(command);
    return answer;
  }

  end(): void {
    this.#child.disconnect();
  }

  #answer(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const done = (): void => {
        this.#child.off('message', answered);
        this.#child.off('exit', ended);
      };
      const answered = (answer: { result?: unknown; error?: string }): void => {
        done();
        if (answer.error === undefined) resolve(answer.result);
        else reject(new Error(answer.error));
      };
      const ended = (): void => {
        done();
        reject(new Error('a core ended too early'));
      };
      this.#child.on('message', answered);
      this.#child.on('exit', ended);
    });
  }
}
