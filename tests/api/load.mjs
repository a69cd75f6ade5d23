// Over load: who does not finish a request takes nobody's place, and when more answers wait than may,
// the next is refused at once, while those that wait are answered when the disk has done its work.
// load.mjs PROGRAM SHIM: SHIM is fault/fail_io.c, by which the disk stalls.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { join } from "node:path";
import { ask, assert, Browser, county, run, serve, test, until } from "./harness.mjs";

const inFlightMost = 1024; // of docs/serving.md
const dir = await county(500, ["dr.hughes"]);
const stall = join(dir, "stall"); // while it is there nothing reaches the disk
Object.assign(process.env, { LD_PRELOAD: process.argv[3], SHIRE_STALL: stall });
process.env.ASAN_OPTIONS = `${process.env.ASAN_OPTIONS ?? ""}:verify_asan_link_order=0`;
const server = await serve(dir);
delete process.env.LD_PRELOAD;
const browser = new Browser(server);
await browser.signIn("dr.hughes");
const person = await browser.find("gwendoline preece 1944");
const headers = browser.session;

// Sends the bytes and keeps the connection: { socket, answer } with a promise of the status, or 0.
function send(text) {
    const socket = net.connect(server.port, "127.0.0.1", () => socket.write(text));
    const answer = new Promise((resolve) => {
        socket.once("data", (data) => resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(data.toString())?.[1])));
        socket.on("error", () => resolve(0));
        socket.on("close", () => resolve(0));
    });
    return { socket, answer };
}

const metric = async (name) => Number(new RegExp(`^${name}(?:{[^}]*})? (\\d+)`, "m").exec((await ask(server, "GET", "/metrics")).body)?.[1]);

test("a burst of as many requests as the event loop takes at once is answered without another coming", async () => {
    const one = await serve(dir, "--threads", "1");
    const burst = Array.from({ length: 128 }, () => net.connect(one.port, "127.0.0.1"));
    const statuses = () => Promise.all(burst.map((socket) => new Promise((resolve) => {
        socket.once("data", (data) => resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(data.toString())?.[1])));
        socket.once("close", () => resolve(0));
        socket.write("GET /health HTTP/1.1\r\nHost: x\r\n\r\n");
    })));
    await statuses(); // so that all are connected
    one.process.kill("SIGSTOP");
    await until("it stands still", () => / T /.test(readFileSync(`/proc/${one.process.pid}/stat`, "utf8")));
    const answered = statuses();
    await until("all are sent", () => burst.every((socket) => socket.writableLength === 0));
    one.process.kill("SIGCONT");
    assert.deepEqual(new Set(await answered), new Set([200]));
    burst.forEach((socket) => socket.destroy());
    assert.equal(await one.stop(), 0);
});

test("requests that never come to their end keep nobody from being answered", async () => {
    const slow = Array.from({ length: inFlightMost + 100 }, () => send("POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nname="));
    await until("all are connected", async () => (await metric("shire_connections")) > inFlightMost + 100);
    for (let i = 0; i < 20; i++) {
        assert.equal((await ask(server, "GET", "/sign-in")).status, 200);
    }
    slow.forEach(({ socket }) => socket.destroy());
});

test("more than may wait for the disk are refused at once, and those that wait are answered", async () => {
    assert.equal((await ask(server, "GET", person, { headers })).status, 200);
    writeFileSync(stall, "");
    const many = Array.from({ length: inFlightMost + 200 }, () => send(`GET ${person} HTTP/1.1\r\nHost: x\r\nCookie: ${headers.cookie}\r\n\r\n`));
    const statuses = many.map(() => null);
    many.forEach(({ answer }, i) => answer.then((status) => (statuses[i] = status)));
    await until("some are refused", () => statuses.filter((status) => status === 503).length === 200);
    assert.equal(statuses.filter((status) => status === null).length, inFlightMost, "the others wait");
    const refused = await ask(server, "GET", "/");
    assert.equal(refused.status, 503);
    assert.equal(refused.headers["retry-after"], "1");
    rmSync(stall);
    await until("all are answered", () => !statuses.includes(null));
    assert.equal(statuses.filter((status) => status === 200).length, inFlightMost);
    many.forEach(({ socket }) => socket.destroy());
    assert.equal((await ask(server, "GET", person, { headers })).status, 200);
    assert.equal(await server.stop(), 0);
});

await run();
