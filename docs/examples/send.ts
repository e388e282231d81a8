// Sends records of AI tasks to Taskwatt: node send.js records.ndjson
//
// The file holds one record a line. Every record has an `id` that was made with the task, not when it is
// sent. That makes it safe to send it again: where an answer is lost, nobody knows whether the records
// were stored, and the service counts each id once, however often it comes.

import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

const url = process.env["TASKWATT_URL"] ?? "http://127.0.0.1:8080";
const batchSize = 5_000;
const attempts = 8;
// Sending the same batch later may succeed: the service is busy or away, or something before it is.
const passing = [408, 429, 502, 503, 504];

interface Fault {
  pointer: string;
  code: string;
  detail: string;
}

/** What became of a batch, or why it was refused as a whole: then there are no counts. */
interface Answer {
  accepted?: number;
  duplicates?: number;
  conflicts?: number;
  invalid?: number;
  errors?: Fault[];
  title?: string;
  detail?: string;
}

/** Posts records until the service has answered for them. */
async function send(lines: string[], key: string): Promise<[number, Answer]> {
  let why = "";
  for (let attempt = 1; attempt <= attempts; attempt++) {
    let wait = 0;
    try {
      const response = await fetch(`${url}/v1/records`, {
        method: "POST",
        headers: { authorization: `Bearer ${key}`, "content-type": "application/x-ndjson" },
        body: lines.join("\n"),
        redirect: "error",
        signal: AbortSignal.timeout(120_000),
      });
      const text = await response.text();
      if (!passing.includes(response.status)) {
        const isJson = response.headers.get("content-type")?.includes("json") ?? false;
        return [response.status, isJson ? (JSON.parse(text) as Answer) : { detail: text }];
      }
      wait = Number(response.headers.get("retry-after")) || 0;
      why = `${response.status}: ${text}`;
    } catch (error) {
      why = String(error);
    }
    if (attempt < attempts) {
      // Twice as long each time, part of it by chance, and never sooner than asked.
      const delay = Math.max(wait, Math.min(30, 0.25 * 2 ** attempt) * (0.5 + Math.random() / 2));
      console.error(`${why}; trying again in ${delay.toFixed(1)} s`);
      await sleep(delay * 1000);
    }
  }
  throw new Error(`gave up after ${attempts} attempts: ${why}`);
}

async function main(): Promise<void> {
  const [key, file] = [process.env["TASKWATT_KEY"], process.argv[2]];
  if (!key || !file) throw new Error("usage: TASKWATT_KEY=twk_… node send.js records.ndjson");
  // Lines stay text, so that no amount of energy passes through a float. For records in memory, use
  // records.map((record) => JSON.stringify(record)), with amounts as strings: energy_wh: "0.25".
  const lines = (await readFile(file, "utf8")).split("\n").filter((line) => line.trim() !== "");
  for (let first = 0; first < lines.length; first += batchSize) {
    const [status, answer] = await send(lines.slice(first, first + batchSize), key);
    const { accepted, duplicates = 0, conflicts = 0, invalid = 0, errors = [] } = answer;
    if (accepted === undefined) throw new Error(`${status}: ${answer.title ?? ""}: ${answer.detail ?? ""}`);
    const counts = `${accepted} accepted, ${duplicates} duplicates, ${conflicts} conflicts, ${invalid} invalid`;
    console.log(`records from ${first + 1} on: ${counts}`);
    // 422 and 409: all but these records are stored. The pointer begins with the number of the record.
    for (const { pointer, code, detail } of errors) console.log(`${pointer}: ${code}: ${detail}`);
    if (errors.length > 0) process.exitCode = 1;
  }
}

main().catch((error: unknown) => {
  console.error(String(error));
  process.exitCode = 1;
});
