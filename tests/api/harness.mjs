// What the tests of the running server share: a partnership in a scratch folder, the server itself,
// a client that keeps cookies, and TAP. A test program is `test(name, function)` and `run()`.
import assert from "node:assert/strict";
import { execFile, execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import http from "node:http";
import net from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const program = process.argv[2] ?? "build/shire";
const examples = join(dirname(fileURLToPath(import.meta.url)), "../../examples");
const tests = [];
const cleanups = [];

// Called when all tests are done.
export function atEnd(body) {
    cleanups.push(body);
}

export { assert };

export function test(name, body) {
    tests.push([name, body]);
}

// A copy of an example partnership, gone at the end.
export function partnership(example) {
    const dir = mkdtempSync(join(tmpdir(), "shire-api-"));
    cleanups.push(() => rmSync(dir, { recursive: true, force: true }));
    cpSync(join(examples, example), dir, { recursive: true });
    return dir;
}

export const password = "a horse of another colour";

// A verb that has to succeed: its output.
export async function done(args, input = "") {
    const { status, stdout, stderr } = await shire(args, input);
    assert.equal(status, 0, stderr);
    return stdout;
}

// Calls `body` while no other process does, and lets the next one in also when this one is killed.
async function alone(lock, body) {
    const holder = spawn("flock", [lock, "sh", "-c", "echo held && cat"], { stdio: ["pipe", "pipe", "inherit"] });
    await new Promise((resolve, reject) => {
        holder.stdout.once("data", resolve);
        holder.once("close", (status) => reject(new Error(`flock ended with ${status}`)));
    });
    try {
        return await body();
    } finally {
        holder.stdin.end();
    }
}

async function makeCounty(dir, people, options) {
    for (const args of [["synth", dir, "--people", String(people), ...options], ["run", dir], ["access", dir, "load", join(dir, "access")], ["record", dir, "load"]]) {
        await done(args);
    }
}

// A copy of the county that an earlier test made with the same program, where the tests of one build share a folder of
// counties. One whose store lies elsewhere is no county without it, and is made anew.
async function takeCounty(dir, people, options) {
    const shared = process.env.SHIRE_TEST_COUNTIES;
    if (!shared || process.env.SHIRE_STORE) {
        return makeCounty(dir, people, options);
    }
    const { mtimeMs, size } = statSync(program);
    const ofProgram = join(shared, `${size}-${mtimeMs}`);
    const made = join(ofProgram, [people, ...options].join(" "));
    mkdirSync(shared, { recursive: true });
    await alone(join(shared, "lock"), async () => {
        if (!existsSync(made)) {
            for (const name of readdirSync(shared).filter((name) => name !== "lock" && join(shared, name) !== ofProgram)) {
                rmSync(join(shared, name), { recursive: true });
            }
            rmSync(`${made}.new`, { recursive: true, force: true });
            await makeCounty(`${made}.new`, people, options);
            renameSync(`${made}.new`, made);
        }
        execFileSync("cp", ["-a", `${made}/.`, dir]);
    });
}

// A synthetic county that was run, with its accounts, all of whom have the password; gone at the end.
export async function county(people, accounts, ...options) {
    const dir = mkdtempSync(join(tmpdir(), "shire-api-"));
    cleanups.push(() => rmSync(dir, { recursive: true, force: true }));
    await takeCounty(dir, people, options);
    for (const name of accounts) {
        await done(["access", dir, "account", "password", name], `${password}\n`);
    }
    return dir;
}

// A new token of a service account.
export async function serviceToken(dir, account) {
    return /[0-9a-f]{64}/.exec(await done(["access", dir, "account", "token", account]))[0];
}

// Runs a verb to its end: { status, stdout, stderr }.
export function shire(args, input = "") {
    return new Promise((resolve) => {
        const child = execFile(program, args, { maxBuffer: 1 << 26 }, (error, stdout, stderr) =>
            resolve({ status: error === null ? 0 : error.code, stdout, stderr }));
        child.stdin.on("error", () => {}); // of a verb that ended before it read this: its status says why
        child.stdin.end(input);
    });
}

// A server on a free port: { url, port, process, stop(), log() }.
export function serve(dir, ...options) {
    const child = spawn(program, ["serve", dir, "--port", "0", "--threads", "2", ...options]);
    let log = "";
    child.stderr.on("data", (data) => (log += data));
    const ended = new Promise((resolve) => child.on("close", (status) => resolve(status))); // with all that it wrote
    cleanups.push(() => child.kill("SIGKILL"));
    return new Promise((resolve, reject) => {
        let out = "";
        child.stdout.on("data", (data) => {
            out += data;
            const found = /Serving at https?:\/\/127\.0\.0\.1:(\d+)\//.exec(out);
            if (found !== null) {
                const stop = () => (child.kill("SIGTERM"), ended);
                const port = Number(found[1]);
                resolve({ url: `http://127.0.0.1:${port}`, port, process: child, stop, ended, log: () => log });
            }
        });
        ended.then((status) => reject(new Error(`the server ended with ${status}: ${log}`)));
    });
}

// A server that knows its public address, SCHEME://127.0.0.1:PORT, whose port is therefore chosen before it starts.
// Somebody else's connection may take that port meanwhile: then another one is tried. The options may be a function of
// the port, which then says the address itself.
export async function servePublic(dir, scheme, ...options) {
    for (;;) {
        const free = net.createServer().listen(0, "127.0.0.1");
        await new Promise((resolve) => free.on("listening", resolve));
        const { port } = free.address();
        await new Promise((resolve) => free.close(resolve));
        try {
            const said = typeof options[0] === "function" ? options[0](port) : ["--public-url", `${scheme}://127.0.0.1:${port}`, ...options];
            return await serve(dir, "--port", String(port), ...said);
        } catch (error) {
            if (!/choose another --port/.test(error.message)) {
                throw error;
            }
        }
    }
}

let awaited = "its end";

// Waits for what comes about by itself, however long that takes on a machine at work; `run` tells what never came.
export async function until(what, condition) {
    awaited = what;
    while (!(await condition())) {
        await new Promise((resolve) => setTimeout(resolve, 20));
    }
    awaited = "its end";
}

// One request as it stands: { status, headers, body }.
export function ask(server, method, path, { headers = {}, body = null } = {}) {
    return new Promise((resolve, reject) => {
        const request = http.request({ host: "127.0.0.1", port: server.port, method, path, headers, agent: false }, (response) => {
            const chunks = [];
            response.on("data", (chunk) => chunks.push(chunk));
            response.on("error", reject); // the server went away within its answer
            response.on("end", () => {
                const bytes = Buffer.concat(chunks);
                resolve({ status: response.statusCode, headers: response.headers, bytes, body: bytes.toString() });
            });
        });
        request.on("error", reject);
        request.end(body);
    });
}

// A browser without script: keeps cookies, follows redirects, fills forms with the page's hidden fields.
export class Browser {
    constructor(server) {
        this.server = server;
        this.cookies = new Map();
    }

    async go(method, path, body = null) {
        for (let hops = 0; hops < 8; hops++) {
            const headers = { cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ") };
            if (body !== null) {
                headers["content-type"] = "application/x-www-form-urlencoded";
            }
            this.page = await ask(this.server, method, path, { headers, body });
            this.path = path;
            for (const line of this.page.headers["set-cookie"] ?? []) {
                const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
                if (/max-age=0/i.test(line)) {
                    this.cookies.delete(name);
                } else {
                    this.cookies.set(name, value);
                }
            }
            if (this.page.status !== 303) {
                return this.page;
            }
            [method, path, body] = ["GET", this.page.headers.location.replace(/#.*/, ""), null];
        }
        throw new Error("too many redirects");
    }

    get(path) {
        return this.go("GET", path);
    }

    // Sends the form whose action is `action` on the page that is shown.
    submit(action, fields) {
        const form = new RegExp(`<form[^>]*action="${action.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}"[^>]*>([\\s\\S]*?)</form>`).exec(this.page.body);
        assert.ok(form !== null, `no form ${action} on ${this.path}`);
        const values = new URLSearchParams();
        for (const [input] of form[1].matchAll(/<input[^>]*type="hidden"[^>]*>/g)) {
            values.append(/name="([^"]*)"/.exec(input)[1], /value="([^"]*)"/.exec(input)[1].replace(/&amp;/g, "&").replace(/&quot;/g, '"'));
        }
        for (const [name, value] of Object.entries(fields)) {
            values.append(name, value);
        }
        return this.go("POST", action, values.toString());
    }

    async signIn(name) {
        await this.get("/sign-in");
        return this.submit("/sign-in", { name, password });
    }

    // The path of the person whom `line` finds, or of the first of several.
    async find(line) {
        await this.get("/people");
        await this.submit("/people", { line });
        return this.path === "/people" ? /href="(\/people\/[^"]+)"/.exec(this.page.body)[1] : this.path;
    }

    // The headers of a request outside this browser but in its session.
    get session() {
        return { cookie: `shire=${this.cookies.get("shire")}` };
    }
}

// A test that hangs fails; nothing is measured by it, and it is far beyond what any test takes on a busy machine.
function late(seconds) {
    return new Promise((_, reject) => setTimeout(() => reject(new Error(`waited ${seconds} s for ${awaited}`)), seconds * 1000).unref());
}

export async function run(secondsMost = 900) {
    console.log(`1..${tests.length}`);
    let failed = 0;
    for (const [i, [name, body]] of tests.entries()) {
        try {
            await Promise.race([body(), late(secondsMost)]);
            console.log(`ok ${i + 1} - ${name}`);
        } catch (error) {
            failed++;
            console.log(`not ok ${i + 1} - ${name}\n${String(error.stack).replace(/^/gm, "# ")}`);
        }
    }
    for (const cleanup of cleanups) {
        cleanup();
    }
    process.exit(failed === 0 ? 0 : 1);
}
