// The bench of this test: mosquitto, drydock and a device, each started and ended for certain.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const THING = "pi-1";
const LIMIT_MS = 20000; // for what others have to do

export function within(promise, what, limit = LIMIT_MS) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not happen within ${limit / 1000} s`)), limit);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

export class Bench {
  #folder = mkdtempSync(join(tmpdir(), "drydock-oci-"));
  #programs = [];
  #requests = []; // to stop, not yet taken
  #arrived = () => {};

  // `options` are further ones of `drydock serve`.
  async start(options) {
    this.brokerPort = await freePort();
    const config = join(this.#folder, "mosquitto.conf");
    writeFileSync(config, `listener ${this.brokerPort} 127.0.0.1\nallow_anonymous true\npersistence false\n`);
    await this.#run("/usr/sbin/mosquitto", ["-c", config, "-v"], /mosquitto version .* running/);
    const broker = `127.0.0.1:${this.brokerPort}`;
    const ready = await this.#run(process.env.DRYDOCK, ["serve", "--broker", broker, ...options], /{"http":\d+}/);
    this.url = `http://127.0.0.1:${JSON.parse(ready).http}`;
    await this.#listen();
    await this.#http("POST", `/things/${THING}`, {});
  }

  async stop() {
    for (const program of this.#programs.reverse()) {
      if (program.exitCode !== null || program.signalCode !== null) continue;
      program.kill("SIGTERM");
      await within(once(program, "exit"), "the end of " + program.spawnfile).catch(() => program.kill("SIGKILL"));
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  file(name, text) {
    const path = join(this.#folder, name);
    writeFileSync(path, text);
    return path;
  }

  // A rule of what goes wrong on purpose.
  async breaks(rule) {
    const status = await this.#http("POST", "/drydock/faults", rule);
    if (status !== 200) throw new Error(`drydock refuses the rule: ${status}`);
  }

  // --- the device

  // Reports its execution's status; gives the HTTP status.
  update(execution, status, statusDetails = {}) {
    return this.#http("POST", `/things/${THING}/jobs/${execution}`, { status, statusDetails });
  }

  // Its state message: it has nothing more to do with this execution.
  async rest(execution, verdict, more = {}) {
    const last = { jobId: execution, executionNumber: 1, status: "CANCELED", verdict };
    await this.say("state", { thing: THING, state: "idle", at: 0, last, ...more });
  }

  // On kedge/things/THING/SUBJECT.
  async say(subject, message) {
    const topic = `kedge/things/${THING}/${subject}`;
    const words = ["-p", String(this.brokerPort), "-q", "1", "-t", topic, "-m", JSON.stringify(message)];
    const program = spawn("/usr/bin/mosquitto_pub", words, { stdio: "inherit" });
    const [code] = await within(once(program, "exit"), "mosquitto_pub");
    if (code !== 0) throw new Error(`mosquitto_pub ended with ${code}`);
  }

  // The next request to stop that the device is sent.
  async requestToStop() {
    while (this.#requests.length === 0) {
      await within(new Promise((resolve) => (this.#arrived = resolve)), "a request on …/cancel");
    }
    return this.#requests.shift();
  }

  async #listen() {
    const topic = `kedge/things/${THING}/cancel`;
    // Line by line, or its news of the subscription would wait in its buffer.
    const words = ["-oL", "/usr/bin/mosquitto_sub", "-d", "-p", String(this.brokerPort), "-q", "1", "-t", topic];
    const program = spawn("stdbuf", words, { stdio: ["ignore", "pipe", "inherit"] });
    this.#programs.push(program);
    const lines = createInterface({ input: program.stdout });
    const subscribed = new Promise((resolve) => {
      lines.on("line", (line) => {
        if (line.startsWith("Subscribed")) resolve();
        if (!line.startsWith("{")) return; // of -d, which tells when the subscription is active
        this.#requests.push(JSON.parse(line));
        this.#arrived();
      });
    });
    await within(subscribed, "the device's subscription");
  }

  // As the data plane's client: drydock looks at the signature's scope only.
  async #http(method, path, body) {
    const scope = path.includes("/jobs/") ? "iot-jobs-data" : "iot";
    const authorization = `AWS4-HMAC-SHA256 Credential=x/20261121/us-east-1/${scope}/aws4_request, Signature=y`;
    const reply = await fetch(this.url + path, { method, headers: { authorization }, body: JSON.stringify(body) });
    await reply.text();
    return reply.status;
  }

  // Started when it has said this; gives that line.
  async #run(name, words, sign) {
    const program = spawn(name, words.map(String), { stdio: ["ignore", "pipe", "pipe"] });
    this.#programs.push(program);
    let output = "";
    const said = new Promise((resolve, reject) => {
      const read = (data) => {
        output += data;
        const line = output.match(sign);
        if (line) resolve(line[0]);
      };
      program.stdout.on("data", read);
      program.stderr.on("data", read);
      program.once("error", reject);
      program.once("exit", (code) => reject(new Error(`${name} ended with ${code}: ${output}`)));
    });
    return within(said, `the start of ${name}`);
  }
}
