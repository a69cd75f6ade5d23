// The site that the browser tests drive: a small synthetic county with an account of each role, its
// server, and Debian's chromium. A viewer is an account's name, or null for who is not signed in.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { ask, assert, atEnd, Browser, serve, servePublic, shire } from "../api/harness.mjs";

if (process.env.SHIRE_BROWSER_SKIP) {
    console.log(`1..1\nok 1 # SKIP ${process.env.SHIRE_BROWSER_SKIP}`);
    process.exit(0);
}

const require = createRequire(import.meta.url);
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
export const vnu = require.resolve("vnu-jar/build/dist/vnu.jar");
export const password = "a horse of another colour";
const scratch = mkdtempSync(join(tmpdir(), "shire-browser-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));
export const dir = join(scratch, "county");

export async function done(...args) {
    const result = await shire(...args);
    assert.equal(result.status, 0, result.stderr);
    return result.stdout;
}

async function makeCounty() {
    await done(["synth", dir, "--people", "2000"]);
    await done(["run", dir]);
    await done(["record", dir, "load"]);
    await done(["access", dir, "load", join(dir, "access")]);
    const names = readFileSync(join(dir, "access/accounts.csv"), "utf8").split("\n").slice(1).map((line) => line.split(","));
    for (const [name, , , role] of names.filter((fields) => fields.length > 3 && fields[3] !== "service")) {
        await done(["access", dir, "account", "password", name], `${password}\n`);
        viewers.set(name, role);
    }
}

export const viewers = new Map(); // name -> role
const [browser] = await Promise.all([
    chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] }),
    makeCounty(),
]);
atEnd(() => void browser.close());
export const server = await serve(dir);
// The same site for those whose organisation has a sign-in of its own, which is away just now.
const withProvider = await servePublic(dir, "http", "--openid-issuer", "http://127.0.0.1:9", "--openid-client", "shire");
export const ofProvider = "anybody of an organisation with a sign-in of its own";

// ---- browsers ----

const sessions = new Map();

// Cookies of a viewer's session, begun once for all tests. "NAME for PURPOSE" chooses a purpose.
async function cookiesOf(viewer) {
    const [name, purpose] = viewer.split(" for ");
    if (!sessions.has(viewer)) {
        const visitor = new Browser(server);
        await visitor.signIn(name);
        assert.ok(visitor.cookies.has("shire"), `${name} signs in`);
        if (purpose !== undefined) {
            await visitor.get("/sign-in/purpose");
            await visitor.submit("/sign-in/purpose", { purpose });
        }
        sessions.set(viewer, [...visitor.cookies].map(([key, value]) => ({ name: key, value, url: server.url })));
    }
    return sessions.get(viewer);
}

// A window of a viewer: { url, page, complaints }; what the browser complains of is collected.
export async function open(name, { script = true, cookies = true } = {}) {
    const { url } = name === ofProvider ? withProvider : server;
    const context = await browser.newContext({ baseURL: url, javaScriptEnabled: script, viewport: { width: 1280, height: 900 } });
    context.setDefaultTimeout(10000);
    if (name !== null && name !== ofProvider && cookies) {
        await context.addCookies(await cookiesOf(name));
    }
    const page = await context.newPage();
    const complaints = [];
    page.on("console", (message) => message.type() === "error" && !/status of (4\d\d|503)/.test(message.text()) && complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("request", (request) => request.url().startsWith(url) || complaints.push(`asks for ${request.url()}`));
    return { url, page, context, complaints, devtools: await context.newCDPSession(page) };
}

// Windows that the sweep uses again, one a viewer: opening one takes longer than a page.
const windows = new Map();
export async function windowOf(name) {
    if (!windows.has(name)) {
        windows.set(name, await open(name));
    }
    return windows.get(name);
}

// What axe finds on the page that is shown but for the parts left out, told in a line each.
export async function axeFindings(page, leftOut = []) {
    await page.evaluate(axe);
    const found = await page.evaluate((exclude) => window.axe.run({ include: [document], exclude }, {
        runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
        rules: { "target-size": { enabled: true } },
        resultTypes: ["violations"],
    }), leftOut);
    return found.violations.flatMap((rule) => rule.nodes.map((node) => `axe ${rule.id}: ${node.target.join(" ")}: ${rule.help}`));
}

// ---- what the server offers ----

// The patterns of the pages that can be asked for: every route for GET in the server's metrics that
// does not answer as a program's interface does, which has tests of its own.
export async function pagePatterns() {
    const { body } = await ask(server, "GET", "/metrics");
    const patterns = [...body.matchAll(/^shire_answer_seconds_count\{method="GET",route="([^"]+)"\}/gm)].map(([, pattern]) => pattern);
    const pages = [];
    for (const pattern of patterns) {
        const answer = await ask(server, "GET", pattern.replace(/\{[^}]*\}/g, "none"));
        if (answer.status === 303 || /^text\/html/.test(answer.headers["content-type"])) {
            pages.push(pattern);
        }
    }
    // The site's own files share the form of a page's errors.
    return pages.filter((pattern) => !pattern.startsWith("/assets/"));
}

export const fits = (pattern, path) =>
    new RegExp(`^${pattern.replace(/[.*+?^$()|[\]\\]/g, "\\$&").replace(/\{[^}]*\}/g, "[^/]+")}$`).test(path);

// The markup of pages as it was sent, kept as files for the validator.
const files = [];
export const markup = () => files;
export function keepMarkup(html) {
    files.push(join(scratch, `page-${files.length + 1}.html`));
    writeFileSync(files.at(-1), html);
}
