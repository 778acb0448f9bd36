// A demo marketplace of its own for the tests: started on a free port in a temporary folder, ended with the run.

import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A port that nobody listens at. */
async function freePort() {
  const probe = createServer();
  await new Promise((listening) => probe.listen(0, "127.0.0.1", listening));
  const { port } = probe.address();
  await new Promise((closed) => probe.close(closed));
  return port;
}

/** Starts `yuanlu demo` with a past of so many orders, and waits for its first answer. */
export async function startDemo(orders = 60) {
  const folder = await mkdtemp(join(tmpdir(), "yuanlu-browser-"));
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  let program;
  let output = "";
  const end = async (signal) => {
    program.kill(signal);
    if (program.exitCode === null && program.signalCode === null) {
      await new Promise((ended) => program.once("exit", ended));
    }
  };
  const stop = async () => {
    await end("SIGTERM");
    await rm(folder, { recursive: true, force: true });
  };
  /** Runs the program over what lies in the folder, at the same port. */
  const start = async () => {
    program = spawn(
      process.env.YUANLU_BIN,
      ["demo", "--data", join(folder, "demo"), "--listen", `127.0.0.1:${port}`],
      { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, YUANLU_DEMO_ORDERS: String(orders) } },
    );
    program.stdout.on("data", (text) => (output += text));
    program.stderr.on("data", (text) => (output += text));
    for (let attempt = 0; attempt < 2400; attempt += 1) {
      if (program.exitCode !== null) throw new Error(`the demo ended:\n${output}`);
      const answer = await fetch(`${base}/healthz`).catch(() => null);
      if (answer?.ok) return;
      await new Promise((later) => setTimeout(later, 250));
    }
    throw new Error(`the demo did not answer in ten minutes:\n${output}`);
  };
  try {
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  const logins = JSON.parse(await readFile(join(folder, "demo", "logins.json"), "utf8"));
  return { base, logins, stop, start, kill: () => end("SIGKILL"), output: () => output };
}

/** The six digits that an authenticator shows for this secret now. */
export function oneTimeCode(secret) {
  const bits = [...secret.replace(/=+$/, "")]
    .map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0"))
    .join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const digest = createHmac("sha1", key).update(step).digest();
  const at = digest[19] & 15;
  return String((digest.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}
