// Every page of the site in a real browser, as each kind of viewer sees it: axe, the checks of
// checks.mjs at each width, in print and without script, and the validator over the markup as it was
// sent. A page that can be asked for and is not in the list fails.
import { execFile } from "node:child_process";
import { assert, run, test } from "../api/harness.mjs";
import * as checks from "./checks.mjs";
import { fetched, money, people } from "./journeys.mjs";
import { axeFindings, fits, keepMarkup, markup, ofProvider, pagePatterns, viewers, vnu, windowOf } from "./site.mjs";

const visited = new Set(fetched);

// The page has laid itself out anew when two frames were drawn.
async function resize({ page, devtools }, width, scale = 1) {
    await devtools.send("Emulation.setDeviceMetricsOverride", { width, height: Math.round(width * 0.75), deviceScaleFactor: scale, mobile: false });
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
}

// Everything that is wrong with the page that a window shows.
async function judge(window) {
    const { page, complaints } = window;
    const found = [...(await axeFindings(page)), ...(await checks.lost(page)), ...(await checks.smallTargets(page)), ...(await checks.blockedFields(page)),
        ...(await checks.dragged(page)), ...(await checks.mistakes(page))];
    await resize(window, 320);
    found.push(...(await checks.sideways(page, "1.4.10")), ...(await checks.spaced(page)), ...(await checks.smallTargets(page)), ...(await checks.hiddenFocus(page)));
    await resize(window, 640, 2);
    found.push(...(await checks.sideways(page, "1.4.4 at 200 %")));
    await resize(window, 1280);
    await page.evaluate(() => (document.documentElement.style.fontSize = "200%"));
    found.push(...(await checks.sideways(page, "1.4.4 in letters of 200 %")));
    await page.evaluate(() => (document.documentElement.style.fontSize = ""));
    await resize(window, 718); // A4 within margins of 10 mm
    await page.emulateMedia({ media: "print" });
    found.push(...(await checks.badPrint(page)));
    await page.emulateMedia({ media: "screen" });
    await resize(window, 1280);
    return [...found, ...complaints.splice(0)];
}

// Whether the main part of a page is as it was sent, whatever scripts did.
const isAsSent = ({ page }, sent) =>
    page.evaluate((text) => new DOMParser().parseFromString(text, "text/html").querySelector("main").outerHTML === document.querySelector("main").outerHTML, sent);

// Asks for a path with script on, then off, and judges both; axe reads the main part once where both are the same.
async function visit(name, path, status = 200) {
    const window = await windowOf(name);
    const found = [];
    let isSame = false;
    for (const script of [true, false]) {
        await window.devtools.send("Emulation.setScriptExecutionDisabled", { value: !script });
        const answer = await window.page.goto(path);
        await window.devtools.send("Emulation.setScriptExecutionDisabled", { value: false });
        assert.equal(answer.status(), status, `${path} as ${name}`);
        assert.equal(window.page.url(), window.url + path);
        if (script) {
            const sent = await answer.text();
            keepMarkup(sent);
            isSame = await isAsSent(window, sent);
            found.push(...(await judge(window)));
        } else {
            found.push(...(await axeFindings(window.page, isSame ? ["main"] : [])).map((line) => `without script ${line}`));
            await resize(window, 320);
            found.push(...(await checks.sideways(window.page, "1.4.10 without script")));
            await resize(window, 1280);
        }
    }
    visited.add(path.replace(/[?#].*/, ""));
    assert.deepEqual([...new Set(found)], []);
}

// Who asks for what, and what comes: [viewer, path, status]. Paths may be made by what came before.
const pages = [
    [null, "/"], [null, "/about"], [null, "/help"], [null, "/accessibility"], [null, "/sign-in"], [null, "/signed-out"], [null, "/directory"],
    [null, "/directory?text=lunch&postcode=HR8+1AA"], [null, "/directory?postcode=ZZ99", 422], [null, "/directory/stroke-club"], [null, "/nothing-here", 404],
    [ofProvider, "/sign-in"], [ofProvider, "/sign-in/provider", 503], [ofProvider, "/sign-in/provider/answer?state=x&code=x", 422], [ofProvider, "/signed-out"], [ofProvider, "/sign-out/provider", 503],
    ["reception.jones", "/sign-in/code"],
    ["dr.hughes", "/"], ["dr.hughes", "/people"], ["dr.hughes", "/review", 403],
    ["dr.hughes", () => `/people/${people.story}`],
    ["dr.hughes", () => `/people/${people.story}?kind=acute`],
    ["dr.hughes", () => `/people/${people.story}/new/plan`],
    ["dr.hughes", () => `/people/${people.story}/new/alert`], ["dr.hughes", () => `/people/${people.story}/new/document`],
    ["dr.hughes", () => `${people.document}`],
    ["dr.hughes", () => `${people.plan.replace("/edit", "?version=1")}`],
    ["dr.hughes", () => `${people.plan}`],
    ["dr.hughes", () => `/people/${people.stranger}`],
    ["dr.hughes", "/people/none/break-glass"],
    ["finance.powell", () => `${people.cost}`],
    ["sw.lewis", () => `/people/${people.story}`],
    ["housing.watkins", () => `/people/${people.story}`],
    ["desk.parry", () => `/people/${people.story}`],
    ["privacy.rees", "/"], ["privacy.rees", () => `/people/${people.story}/access-log`], ["privacy.rees", "/admin/audit"],
    ["privacy.rees", "/admin/notices"], ["privacy.rees", "/admin/agreements"], ["privacy.rees", () => `${people.agreement}`], ["privacy.rees", "/admin/agreements/1"], ["privacy.rees", "/admin/agreements/999", 404],
    ["index.thomas", "/review"], ["index.thomas", "/review?after=1000000"],
    ["analyst.davies", "/"], ["analyst.davies", "/sign-in/purpose"], ["finance.powell", "/"], ["finance.powell", "/admin/runs"],
    ["finance.powell", "/costs"], ["finance.powell", () => `${money.services}`], ["finance.powell", () => `${money.activities}`],
    ["finance.powell", () => `${money.people}`], ["analyst.davies for planning", "/costs?body=E06000019"],
    ["finance.powell", "/costs/what-if"], ["finance.powell", "/costs/what-if?spend_RLQ=5&delay=50"],
    ["finance.powell", "/costs/what-if?spend_RLQ=much", 422], ["admin.roberts", "/admin/server"],
    ["admin.roberts", "/"], ["admin.roberts", "/admin/accounts"], ["admin.roberts", "/admin/accounts?done=added"], ["admin.roberts", "/admin/tokens"], ["admin.roberts", "/admin/teams"], ["admin.roberts", () => `${people.team}`], ["admin.roberts", "/admin/teams/999", 404], ["admin.roberts", "/admin/runs"],
    ["gwendoline.preece", "/"], ["gwendoline.preece", "/own"], ["gwendoline.preece", "/own/access-log"],
];

let servicePath;
test("the directory leads to a service", async () => {
    const { page } = await windowOf(null);
    await page.goto("/directory");
    servicePath = await page.locator("main a[href^='/directory/']").first().getAttribute("href");
});

for (const [name, path, status] of pages) {
    const shown = typeof path === "string" ? path : String(path).replace(/^.*?`|`$/g, "");
    test(`${shown} as ${name === null ? "anybody" : name.replace(/^\S+/, (account) => viewers.get(account) ?? account)}`, () => visit(name, typeof path === "string" ? path : path(), status));
}

// Pages that only a form leads to: [what is seen, viewer, path, what is done there, what stands there then].
const save = "main button:has-text('Save')";
const states = [
    ["nobody found", "dr.hughes", () => "/people", { "#line": "zzzz qqqq 1/1/1900" }, "main button", /Nobody found/],
    ["a number that is none", "dr.hughes", () => "/people", { "#line": "999 000 0019" }, "main button", /Check the digits/],
    ["several found", "dr.hughes", () => "/people", { "#line": "thomas hereford" }, "main button", /[0-9]+ found/],
    ["a search for nothing", "dr.hughes", () => "/people", {}, "main button", /Enter an NHS number/],
    ["a sign-in that is refused", null, () => "/sign-in", { "#name": "no.body", "#password": "not the right one" }, "main button:has-text('Sign in')", /not right/],
    ["a code that is wrong", "reception.jones", () => "/sign-in/code", { "#code": "000000" }, "main button", /not right/],
    ["mistakes in a plan", "dr.hughes", () => `/people/${people.story}/new/plan`, { "#action_due_0": "soon" }, save, /Choose the body/],
    ["a plan that somebody else changed", "dr.hughes", () => people.plan, { "#why": "Later" }, save, /What was saved while you were writing/],
    ["mistakes in a document", "dr.hughes", () => `/people/${people.story}/new/document`, { "#date": "soon" }, save, /Choose the file/],
    ["a reason that is too short", "dr.hughes", () => "/people/none/break-glass", { "#reason": "short" }, "main button", /Say in a sentence/],
    ["a notice that was looked up", "privacy.rees", () => "/admin/notices", {}, "main td form button", /Found unconscious/],
];
for (const [name, viewer, path, fields, button, wanted] of states) {
    test(`as good as any page: ${name}`, async () => {
        const { page } = await windowOf(viewer);
        await page.goto(path());
        // As if it had been asked for long ago.
        await page.evaluate(() => document.querySelectorAll("main input[name=version]:not([value='0'])").forEach((e) => (e.value = "1")));
        for (const [field, value] of Object.entries(fields)) {
            await page.fill(field, value);
        }
        await Promise.all([page.waitForNavigation({ waitUntil: "load" }), page.click(button)]);
        assert.match(await page.locator("main").innerText(), wanted);
        keepMarkup(await page.content());
        assert.deepEqual(await judge(await windowOf(viewer)), []);
    });
}

test("the person's page is printed whole", async () => {
    const { page } = await windowOf("dr.hughes");
    await page.goto(`/people/${people.story}`);
    const paper = await page.pdf({ format: "A4" });
    assert.match(paper.toString("latin1"), /^%PDF-/);
});

test("every page that can be asked for was looked at", async () => {
    const patterns = await pagePatterns();
    assert.ok(patterns.length > 20);
    assert.deepEqual(patterns.filter((pattern) => ![...visited].some((path) => fits(pattern, path))), []);
});

test("the validator finds no error in any page's markup", async () => {
    const [status, out] = await new Promise((resolve) =>
        execFile("java", ["-Xss4m", "-XX:TieredStopAtLevel=1", "-jar", vnu, "--stdout", "--errors-only", "--no-langdetect", "--format", "gnu", ...markup()],
            { maxBuffer: 1 << 26 }, (error, stdout, stderr) => resolve([error === null ? 0 : error.code, stdout + stderr])));
    assert.equal(out, "");
    assert.equal(status, 0);
});

await run();
