// What people do here from end to end: by the keyboard alone, and without script. What they leave
// behind (a plan, a notice, a decision) is what the sweep over the pages then looks at.
import { createHmac } from "node:crypto";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { assert, test } from "../api/harness.mjs";
import { dir, done, open, password } from "./site.mjs";

// The person whose story the synthetic county tells, and somebody of a practice alone.
// The pages on the way from all bodies to people.
export const money = {};
// Addresses of files: no pages to look at.
export const fetched = ["/costs/download", "/people/one/items/one/document"];
export const people = { story: "", stranger: "" };
const storyLine = "gwendoline preece 1944";

// Presses Tab until the element has the focus; how often at most follows from the page's length.
async function tabTo(page, selector) {
    for (let i = 0; i < 120; i++) {
        if (await page.evaluate((wanted) => document.activeElement.matches(wanted), selector)) {
            return;
        }
        await page.keyboard.press("Tab");
    }
    assert.fail(`${selector} is not reached by Tab on ${page.url()}`);
}

async function type(page, selector, text) {
    await tabTo(page, selector);
    await page.keyboard.press("Control+A");
    await page.keyboard.type(text);
}

// Presses a key that leads to another page, and waits for that.
async function press(page, selector, key = "Enter") {
    if (selector !== null) {
        await tabTo(page, selector);
    }
    await Promise.all([page.waitForNavigation({ waitUntil: "load" }), page.keyboard.press(key)]);
}

async function signInByKeyboard(page, name) {
    await page.goto("/sign-in");
    await type(page, "#name", name);
    await type(page, "#password", password);
    await press(page, null);
}

const text = (page) => page.locator("main").innerText();

test("by the keyboard alone somebody signs in, finds a person, and reads and writes", async () => {
    const { page, context, complaints } = await open("dr.hughes", { cookies: false });
    await page.goto("/");
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute("href")), "#maincontent");
    await press(page, "main a[href='/sign-in']");
    await type(page, "#name", "dr.hughes");
    await type(page, "#password", "not the right one");
    await press(page, null);
    // What was wrong is told where the focus is, and what was right need not be entered again.
    assert.ok(await page.evaluate(() => document.activeElement.matches(".nhsuk-error-summary")));
    assert.equal(await page.inputValue("#name"), "dr.hughes");
    await type(page, "#password", password);
    await press(page, null);
    await press(page, "header a[href='/people']");
    await type(page, "#line", storyLine);
    await press(page, null);
    await press(page, "main th a");
    assert.match(await page.locator("h1").innerText(), /Preece/i);
    people.story = new URL(page.url()).pathname.split("/")[2];
    await press(page, "main a[href$='/new/plan']");
    await press(page, "main button");
    assert.match(await text(page), /There is a problem/);
    await type(page, "#title", "Walking outdoors again");
    await type(page, "#needs", "Company outdoors");
    await type(page, "#why", "Agreed at home");
    await press(page, "main button");
    assert.match(await text(page), /Walking outdoors again/);
    await press(page, "header .nhsuk-header__account-button");
    await page.goto("/people");
    assert.equal(new URL(page.url()).pathname, "/sign-in");
    assert.deepEqual(complaints, []);
    await context.close();
});

test("by the keyboard alone a pair is decided about, and taken back", async () => {
    const { page, context } = await open("index.thomas");
    await page.goto("/review");
    const first = await page.locator("th[scope=col]").allInnerTexts();
    // The records are called by their bodies, and what they hold is said in words.
    assert.match(first.slice(1).join(), /^[A-Z][A-Za-z ]+, [a-z_]+ [0-9]+,[A-Z][A-Za-z ]+, [a-z_]+ [0-9]+$/);
    assert.match(await text(page), /\bSex\s+(Male|Female|not known)\s+(Male|Female|not known)\n/);
    // Single keys do nothing until they are asked for.
    await page.keyboard.press("s");
    assert.deepEqual(await page.locator("th[scope=col]").allInnerTexts(), first);
    await tabTo(page, "#keys");
    await page.keyboard.press("Space");
    await press(page, null, "d");
    assert.match(await text(page), /was kept/);
    assert.match(await done(["link", "review", dir, "--json"]), /"shown": [0-9]+/);
    await press(page, null, "z");
    assert.deepEqual(await page.locator("th[scope=col]").allInnerTexts(), first);
    await press(page, null, "n");
    assert.notDeepEqual(await page.locator("th[scope=col]").allInnerTexts(), first);
    // The letter goes into a field, and does not decide, while somebody types.
    await type(page, "#why", "sdun");
    assert.equal(await page.inputValue("#why"), "sdun");
    await context.close();
});

// NHS number and birth date of people whom the practices know and the hospital does not.
function strangers() {
    const rows = (name) => readFileSync(join(dir, "data", name), "utf8").split("\n").slice(1, -1).map((line) => line.split(","));
    const known = new Set(rows("hospital_patients.csv").map((row) => row[1]));
    return rows("gp_patients.csv").filter((row) => row[1] && row[5] && !known.has(row[1])).map((row) => `${row[1]} ${row[5]}`);
}

test("by the keyboard alone a record is opened by stating a reason, and the privacy officer looks it up", async () => {
    const { page, context } = await open("dr.hughes");
    for (const line of strangers().slice(0, 20)) {
        await page.goto("/people");
        await type(page, "#line", line);
        await press(page, null);
        // What was entered need not be entered again.
        assert.equal(await page.inputValue("#line"), line);
        if (await page.locator("a[href$='/break-glass']").count()) {
            break;
        }
    }
    await press(page, "a[href$='/break-glass']");
    await type(page, "#reason", "short");
    await press(page, "main button");
    assert.match(await text(page), /There is a problem/);
    assert.equal(await page.inputValue("#reason"), "short");
    await type(page, "#reason", "Found unconscious at home, no history");
    await press(page, "main button");
    assert.match(await text(page), /Opened by breaking the glass/);
    people.stranger = new URL(page.url()).pathname.split("/")[2];
    await context.close();
    const officer = await open("privacy.rees");
    await officer.page.goto("/admin/notices");
    assert.doesNotMatch(await text(officer.page), new RegExp(people.stranger));
    assert.match(await text(officer.page), /1 to check\./);
    await press(officer.page, "main form button");
    assert.match(await text(officer.page), /Found unconscious/);
    await press(officer.page, "main form[action$='/checked'] button");
    assert.match(await text(officer.page), /None to check\.[\s\S]*Checked on/);
    await officer.page.click("main form[action='/admin/notices'] button");
    await officer.page.click("button:has-text('See who else looked')");
    assert.equal(await officer.page.inputValue("#subject"), people.stranger);
    assert.match(await officer.page.locator("tbody").innerText(), /dr\.hughes\s+Hereford Hospitals NHS Trust\s+Broken glass/);
    await officer.page.goto(`/people/${people.story}`);
    await officer.page.click("main a:has-text('See who looked at this record')");
    assert.match(await text(officer.page), /Hereford Hospitals NHS Trust\s+dr\.hughes\s+Look: Who they are/);
    await officer.context.close();
    const entries = JSON.parse(await done(["audit", "log", dir, "--json"])).filter((entry) => entry.actor === "privacy.rees");
    assert.ok(entries.some((entry) => entry.detail === "a notice of broken glass" && entry.subject === people.stranger));
    assert.ok(entries.some((entry) => /^notice 1 seen$/.test(entry.detail)));
});

test("nobody is asked for a reason to open a record that they may see", async () => {
    const { page, context } = await open("dr.hughes");
    await page.goto(`/people/${people.story}/break-glass`);
    assert.equal(new URL(page.url()).pathname, `/people/${people.story}`);
    await context.close();
});

test("without script a team is made, filled, renamed and ended, and each change is in the log", async () => {
    const { page, context } = await open("admin.roberts", { script: false });
    await page.goto("/admin/teams");
    await page.click("main button");
    assert.match(await text(page), /There is a problem[\s\S]*Choose the body/);
    await page.selectOption("#organisation", "RLQ");
    await page.fill("#name", "Stroke unit");
    await page.click("main button");
    assert.match(await text(page), /has a team of that name/);
    assert.equal(await page.inputValue("#organisation"), "RLQ");
    await page.fill("#name", "Falls clinic");
    await page.click("main button");
    await page.click("main th a:has-text('Falls clinic')");
    people.team = new URL(page.url()).pathname;
    assert.match(await text(page), /Hereford Hospitals NHS Trust[\s\S]*Nobody is in this team/);
    // Who works elsewhere cannot be chosen.
    assert.equal(await page.locator("#account option[value='dr.morgan']").count(), 0);
    await page.click(`form[action='${people.team}/members'] button`);
    assert.match(await text(page), /Choose who joins/);
    await page.selectOption("#account", "dr.hughes");
    await page.fill("#from", "tomorrow");
    await page.click(`form[action='${people.team}/members'] button`);
    assert.match(await text(page), /Enter a day/);
    assert.equal(await page.inputValue("#account"), "dr.hughes");
    await page.fill("#from", "");
    await page.click(`form[action='${people.team}/members'] button`);
    assert.match(await text(page), /Dr Carys Hughes/);
    await page.fill("#name", "Falls and balance");
    await page.click(`form[action='${people.team}/name'] button`);
    assert.equal(await page.locator("h1").innerText(), "Falls and balance");
    await page.click("form[action$='/members/end'] button");
    assert.equal(await page.locator("form[action$='/members/end']").count(), 0);
    await page.click("form[action$='/end'] button.nhsuk-button--warning");
    assert.match(await page.locator("tr:has-text('Falls and balance')").innerText(), /\t0$/);
    await context.close();
    const details = JSON.parse(await done(["audit", "log", dir, "--json"])).filter((entry) => entry.actor === "admin.roberts").map((entry) => entry.detail);
    for (const change of [/^team added: Falls clinic of RLQ/, /^joined team/, /^team renamed: Falls clinic of RLQ is Falls and balance/, /^member of team \d+ to /, /^team ended/]) {
        assert.ok(details.some((detail) => change.test(detail)), String(change));
    }
});

test("without script an account is added, disabled and enabled again, and each mistake is told beside its field", async () => {
    const { page, context } = await open("admin.roberts", { script: false });
    await page.goto("/admin/accounts");
    const add = () => page.click("form[action='/admin/accounts'] button:has-text('Add')");
    for (const [field, mistake, mend] of [
        ["name", /Enter the name that/, () => page.fill("#name", "dr.hughes")], ["full_name", /Enter the full name/, () => page.fill("#full_name", "Dr Nest Bowen")],
        ["role", /Choose a role/, () => page.selectOption("#role", "clinician")], ["organisation", /Choose the body/, () => page.selectOption("#organisation", "RLQ")],
        ["password", /at least 12/, () => page.fill("#password", password)], ["name", /an account of that name/, () => page.fill("#name", "dr.bowen")],
    ]) {
        await add();
        assert.match(await text(page), new RegExp(`There is a problem\\s+[^\n]*${mistake.source}`));
        assert.equal(await page.locator(`.nhsuk-error-summary a[href='#${field}']`).count(), 1);
        assert.equal(await page.locator(`.nhsuk-form-group--error #${field}`).count(), 1);
        await mend();
    }
    // What was right need not be entered again, but for the password.
    assert.equal(await page.inputValue("#role"), "clinician");
    assert.equal(await page.inputValue("#organisation"), "RLQ");
    await page.fill("#password", password);
    await add();
    assert.match(await text(page), /The account was added/);
    const row = page.locator("tr:has(th:text-is('dr.bowen'))");
    assert.match(await row.innerText(), /Dr Nest Bowen\s+Hereford Hospitals NHS Trust\s+Clinician\s+Active/);
    await row.locator("button").click();
    assert.match(await text(page), /The account was disabled/);
    assert.match(await row.innerText(), /Disabled/);
    await row.locator("button").click();
    assert.match(await text(page), /can sign in again/);
    assert.match(await row.innerText(), /Active/);
    await context.close();
});

test("without script an agreement is made, changed and ended, its versions stay, and each change is in the log", async () => {
    const { page, context } = await open("privacy.rees", { script: false });
    await page.goto("/admin/agreements");
    const add = "form[action='/admin/agreements']";
    for (const [mistake, mend] of [
        [/Choose the body/, () => page.selectOption("#recipient", "WLHA")], [/Choose what for/, () => page.selectOption("#purpose", "planning")],
        [/Choose what is shared/, () => page.check("#shared_acute")], [/Enter the reference/, () => page.fill("#reference", "ISA-2026-77")],
    ]) {
        await page.click(`${add} button`);
        assert.match(await text(page), new RegExp(`There is a problem[\\s\\S]*${mistake.source}`));
        await mend();
    }
    await page.fill("#from", "31/2/2026");
    await page.click(`${add} button`);
    assert.match(await text(page), /Enter a day/);
    assert.ok(await page.isChecked("#shared_acute"));
    await page.fill("#from", "1/4/2026");
    await page.click(`${add} button`);
    assert.match(await text(page), /Hereford Hospitals NHS Trust shares with Wye and Lugg Housing Association[\s\S]*Hospital care[\s\S]*1 April 2026/);
    const first = new URL(page.url()).pathname;
    await page.click(`form[action='${first}/change'] button`);
    assert.match(await text(page), /says that already/);
    await page.check("#shared_gp");
    await page.fill("#until", "31/3/2099");
    await page.click(`form[action='${first}/change'] button`);
    people.agreement = new URL(page.url()).pathname;
    assert.notEqual(people.agreement, first);
    assert.match(await text(page), /Hospital care; general practice[\s\S]*31 March 2099[\s\S]*Before and after it[\s\S]*1 April 2026/i);
    await page.goto(first);
    assert.match(await text(page), /Ended/);
    assert.equal(await page.locator("main form").count(), 0);
    await page.goto(people.agreement);
    await page.fill("#last", "1/1/2101");
    await page.click(`form[action='${people.agreement}/end'] button`);
    assert.match(await text(page), /ended before that day/);
    // What another body shares is not theirs to change.
    await page.goto("/admin/agreements");
    await page.click("tr:has(td:nth-of-type(1):text('Herefordshire Council')):has(td:nth-of-type(2):text('Hereford Hospitals')) a");
    assert.equal(await page.locator("form[action$='/change']").count(), 0);
    assert.equal(await page.locator("form[action$='/end']").count(), 1);
    await page.goto(people.agreement);
    await page.click(`form[action='${people.agreement}/end'] button`);
    assert.match(await text(page), /Never held|Ended/);
    await context.close();
    const details = JSON.parse(await done(["audit", "log", dir, "--json"])).filter((entry) => entry.actor === "privacy.rees").map((entry) => entry.detail);
    for (const change of [/^agreement \d+: RLQ shares acute with WLHA for planning from 2026-04-01 with no end/, /^agreement \d+ is in the place of agreement \d+/, /^agreement \d+ holds to /]) {
        assert.ok(details.some((detail) => change.test(detail)), String(change));
    }
});

test("without script somebody signs in, finds a person, writes an alert and decides about a pair", async () => {
    const { page, context } = await open("index.thomas", { script: false });
    await page.goto("/review");
    const first = await page.locator("th[scope=col]").allInnerTexts();
    await page.click("button[value=unsure]");
    assert.notDeepEqual(await page.locator("th[scope=col]").allInnerTexts(), first);
    await page.click("main .nhsuk-inset-text button");
    assert.deepEqual(await page.locator("th[scope=col]").allInnerTexts(), first);
    await context.close();
    const clinician = await open("dr.hughes", { script: false, cookies: false });
    await clinician.page.goto("/sign-in");
    await clinician.page.fill("#name", "dr.hughes");
    await clinician.page.fill("#password", password);
    await clinician.page.click("main button:has-text('Sign in')");
    await clinician.page.goto("/people");
    await clinician.page.fill("#line", storyLine);
    await clinician.page.click("main button");
    await clinician.page.click("main th a");
    await clinician.page.click("a[href$='/new/alert']");
    await clinician.page.fill("#text", "Key safe by the side door");
    await clinician.page.fill("#why", "Told by her neighbour");
    await clinician.page.click("main button");
    assert.match(await text(clinician.page), /Key safe by the side door/);
    await clinician.context.close();
});

// The code that an authenticator app shows now (RFC 6238).
function oneTimeCode(secret) {
    const bits = [...secret].map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0")).join("");
    const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000)));
    const hash = createHmac("sha1", key).update(counter).digest();
    return String((hash.readUInt32BE(hash[19] & 15) & 0x7fffffff) % 1000000).padStart(6, "0");
}

test("a one-time code is asked for where an account has one, and may be pasted", async () => {
    const name = "reception.jones";
    const [{ address }] = JSON.parse(await done(["access", dir, "account", "code", name, "--json"]));
    const code = oneTimeCode(/secret=([A-Z2-7]+)/.exec(address)[1]);
    const [recovery] = JSON.parse(await done(["access", dir, "account", "code", name, "--code", code, "--json"]));
    const { page, context } = await open(name, { cookies: false });
    await signInByKeyboard(page, name);
    assert.equal(new URL(page.url()).pathname, "/sign-in/code");
    await type(page, "#code", "000000");
    await press(page, null);
    assert.match(await text(page), /The code is not right/);
    await tabTo(page, "#code");
    await page.keyboard.press("Control+A");
    await page.keyboard.insertText(recovery.recovery_code);
    await press(page, null);
    assert.equal(new URL(page.url()).pathname, "/");
    await context.close();
});

// What the first row of the table on a page leads to.
const firstLink = (page) => page.locator("main tbody th a").first();

// The amounts of a column of the table on a page, in pounds, the last being their total.
const pounds = async (page, column) =>
    (await page.locator(`main tbody tr td:nth-of-type(${column})`).allInnerTexts()).map((cell) => Number(cell.replace(/[£,]/g, "").replace("−", "-")));

test("a cost is followed from the bodies to a person, and each level is the sum of the next", async () => {
    const { page, context } = await open("finance.powell", { script: false });
    await page.goto("/costs");
    let whole;
    for (const level of ["bodies", "services", "activities"]) {
        const amounts = await pounds(page, 1);
        const total = amounts.pop();
        // Each row is rounded to the pound by itself.
        assert.ok(Math.abs(amounts.reduce((sum, amount) => sum + amount, 0) - total) <= amounts.length, level);
        assert.ok(whole === undefined || whole === total, `${level} sum to what the level above says`);
        assert.equal(await page.locator("main figure svg rect").count() > 0 || amounts.length < 2, true, level);
        [whole] = amounts;
        money[level] = new URL(page.url()).pathname + new URL(page.url()).search;
        const download = await context.request.get(await page.locator("a[href^='/costs/download']").getAttribute("href"));
        assert.match((await download.body()).toString("latin1"), /^PK/);
        await firstLink(page).click();
    }
    money.people = new URL(page.url()).pathname + new URL(page.url()).search;
    await firstLink(page).click();
    people.cost = new URL(page.url()).pathname;
    assert.match(await page.locator("#costs ~ p").first().innerText(), /£[0-9,]+\.[0-9]{2} in all/);
    // Who sees costs alone is not told that there is no plan, nor led to where their role may not go.
    assert.equal(await page.locator("h1").innerText(), "Somebody whose name is not shown to you");
    assert.deepEqual(await page.locator("main h2").allInnerTexts(), ["On this page", "Costs"]);
    assert.equal(await page.locator(".nhsuk-breadcrumb a[href='/people']").count(), 0);
    await context.close();
    const entries = JSON.parse(await done(["audit", "log", dir, "--json"])).filter((entry) => entry.actor === "finance.powell");
    assert.ok(entries.some((entry) => entry.kind === "export"));
    assert.ok(entries.some((entry) => entry.detail === "cost in a list" && /^P[0-9a-f]{16}$/.test(entry.subject)));
});

test("for planning small numbers are withheld, and no person is shown", async () => {
    const { page, context } = await open("analyst.davies for planning");
    const exact = await open("analyst.davies for finance");
    let withheld = 0;
    for (const body of ["E06000019", "RLQ", "5CN", "RTQ", "WLHA"]) {
        await page.goto(`/costs?body=${body}`);
        await exact.page.goto(`/costs?body=${body}`);
        const known = new Map((await exact.page.locator("main tbody tr").evaluateAll((rows) => rows.map((row) => [row.cells[0].innerText, Number(row.cells[4].innerText.replace(/,/g, ""))]))));
        for (const [service, people, cost] of await page.locator("main tbody tr").evaluateAll((rows) => rows.map((row) => [row.cells[0].innerText, row.cells[4].innerText, row.cells[1].innerText]))) {
            if (people === "[c]") {
                withheld++;
                assert.equal(cost, "[c]", service);
            } else {
                assert.ok(known.get(service) > 7, `${service} of ${body}`);
                assert.equal(Number(people.replace(/,/g, "")) % 5, 0);
            }
        }
        assert.equal(await page.locator("main tbody a[href*=activity]").count(), 0);
    }
    assert.ok(withheld > 0);
    assert.equal((await page.goto(money.people)).status(), 404);
    assert.equal((await page.goto(money.people.replace("/costs", "/costs/download"))).status(), 404);
    await context.close();
    await exact.context.close();
});

// The amount of a row of the table with that name, in a column.
const amountOf = async (page, caption, row, column) =>
    Number((await page.locator(`table:has(caption:has-text("${caption}")) tr:has(th:has-text("${row}")) td:nth-of-type(${column})`).innerText()).replace(/[£,]/g, ""));

test("what if is asked by a form without script, kept, and seen beside another", async () => {
    const { page, context } = await open("finance.powell", { script: false });
    await page.goto("/costs/what-if");
    const before = await amountOf(page, "spends", "Hereford Hospitals", 1);
    await page.fill("#spend_RLQ", "10");
    await page.click("main button:has-text('Work it out')");
    assert.ok(Math.abs(await amountOf(page, "spends", "Hereford Hospitals", 2) - before * 1.1) <= 1);
    assert.equal(await page.inputValue("#spend_RLQ"), "10");
    // A name that cannot be is told beside it, and the changes stay.
    await page.fill("#name", "hospital dearer");
    await page.click("main button:has-text('Save')");
    assert.match(await text(page), /There is a problem\s+Enter a name of letters/);
    assert.ok(Math.abs(await amountOf(page, "spends", "Hereford Hospitals", 2) - before * 1.1) <= 1);
    await page.fill("#name", "hospital-dearer");
    await page.click("main button:has-text('Save')");
    assert.match(await done(["whatif", dir, "--list"]), /hospital-dearer\n {2}ledger\.amount\[organisation=RLQ\] \*= 1\.10/);
    assert.ok(await page.isChecked("#with_hospital-dearer"));
    await page.fill("#more", "ledger.amount[organisation=RLQ] *= 0.9");
    await page.click("main button:has-text('Work it out')");
    assert.ok(Math.abs(await amountOf(page, "spends", "Hereford Hospitals", 2) - before * 0.9) <= 1);
    assert.ok(Math.abs(await amountOf(page, "spends", "Hereford Hospitals", 4) - before * 1.1) <= 1);
    await page.fill("#more", "ledger.sum *= 2");
    await page.click("main button:has-text('Work it out')");
    assert.match(await text(page), /There is a problem[\s\S]*ledger/);
    await context.close();
});

test("a slider is moved by the keyboard, and the results follow", async () => {
    const { page, context, complaints } = await open("finance.powell");
    await page.goto("/costs/what-if");
    const before = await amountOf(page, "spends", "Hereford Hospitals", 1);
    await tabTo(page, "#spend_RLQ");
    await page.keyboard.press("Tab");
    await page.keyboard.press("ArrowRight");
    assert.equal(await page.inputValue("#spend_RLQ"), "1");
    await page.waitForFunction(() => /spend_RLQ=1(&|$)/.test(location.search));
    assert.ok(Math.abs(await amountOf(page, "spends", "Hereford Hospitals", 2) - before * 1.01) <= 1);
    assert.deepEqual(complaints, []);
    await context.close();
});

test("the server's check names what is to mend, and verifies the audit log", async () => {
    const { page, context } = await open("admin.roberts");
    await page.goto("/admin/server");
    assert.match(await text(page), /Second factor\s+Mend this/);
    assert.match(await text(page), /Backup\s+Mend this\s+Never made/);
    assert.match(await text(page), /Permissions of files\s+Good/);
    chmodSync(join(dir, ".shire/store.db"), 0o644);
    await page.reload();
    assert.match(await text(page), /Permissions of files\s+Mend this\s+store\.db/);
    chmodSync(join(dir, ".shire/store.db"), 0o600);
    await done(["backup", dir, join(dir, "backup.shire")]);
    await page.click("main button:has-text('Verify now')");
    assert.match(await text(page), /Audit log\s+Good\s+[0-9,]+ entries were verified just now/);
    await page.goto("/admin/server");
    assert.match(await text(page), /Audit log\s+Good\s+Verified on/);
    assert.match(await text(page), /Backup\s+Good\s+Made on/);
    await context.close();
});

test("the stroke reads as one story, with who looks after her and a document of it", async () => {
    const letter = "To the practice: a stroke of the left side, home on 18 November.";
    const file = join(dir, "letter.json");
    writeFileSync(file, JSON.stringify([{
        name: "discharge-letter", person: { organisation: "RLQ", source: "pas", local_id: "13115452" }, kind: "document", organisation: "RLQ",
        versions: [{
            made: "2024-11-18 10:00", actor: "c.hughes", organisation: "RLQ", why: "discharge", content: Buffer.from(letter).toString("base64"),
            body: { title: "Discharge letter", kind: "letter", date: "2024-11-18", media_type: "text/plain" },
        }],
    }]));
    await done(["record", dir, "load", file]);
    const { page, context } = await open("dr.hughes");
    await page.goto(`/people/${people.story}`);
    const story = await text(page);
    // Two systems call her Gwen, two Gwendoline: the name that says more.
    assert.equal(await page.locator("h1").innerText(), "Gwendoline Preece");
    assert.match(story, /NHS number\s+999 000 0018\s+Herefordshire/);
    // Who looks after her now comes first, then who did last.
    const until = await page.locator("#care + table tbody td:last-child").allInnerTexts();
    const days = until.map((day) => (day === "now" ? Infinity : Date.parse(day)));
    assert.ok(days.filter((day) => day === Infinity).length > 3 && days.some((day) => day < Infinity));
    assert.deepEqual(days, [...days].sort((a, b) => b - a));
    // From the latest back to the first, over five bodies.
    let at = 0;
    for (const step of ["Home care (", "Social work: Hospital discharge", "Housing repair", "Home adaptation: Stairlift", "Community hospital", "Emergency inpatient: Stroke", "Emergency care:"]) {
        at = story.indexOf(step, at);
        assert.ok(at > 0, step);
    }
    assert.match(story, /Reason: Further non-acute NHS care/);
    assert.match(story, /27 September 2024, 15:30 to 18 November 2024, 11:00[\s\S]*Ready to leave on 4 November 2024, 09:00; left 14 days later/);
    assert.match(story, /Stroke unit/);
    assert.doesNotMatch(story, /Needs\s+Needs/);
    const link = page.locator("li a[href$='/document']");
    assert.match(await link.locator("..").innerText(), /Discharge letter, letter, 1 KB, 18 November 2024 \(Hereford Hospitals/);
    const answer = await context.request.get(await link.getAttribute("href"));
    assert.equal(await answer.text(), letter);
    assert.match(answer.headers()["content-disposition"], /^attachment/);
    const other = await open("desk.parry");
    assert.equal((await other.context.request.get(await link.getAttribute("href"))).status(), 404);
    await other.context.close();
    await context.close();
});

test("of two who change a plan at once nobody loses anything", async () => {
    const first = await open("dr.hughes", { script: false });
    const second = await open("sw.lewis", { script: false });
    const card = (page) => page.locator("#plan ~ .nhsuk-card:has-text('Home after a stroke')");
    for (const { page } of [first, second]) {
        await page.goto(`/people/${people.story}`);
        await card(page).locator("a[href$='/edit']").click();
        // Days stand there as people type them, and the team that an action is with can be seen.
        assert.equal(await page.inputValue("#action_due_0"), "4/11/2024");
        assert.equal(await page.inputValue("#action_team_0"), "Community hospital therapy");
    }
    people.plan = new URL(first.page.url()).pathname;
    const { page } = second;
    await page.fill("#review_on", "32/1/2025");
    await page.fill("#review_text", "Walks to the gate");
    await page.fill("#action_due_10", "soon");
    await page.click("main button");
    assert.deepEqual(await page.locator(".nhsuk-error-summary li").allInnerTexts(), [
        "Say what is to be done in action 11", "Choose the body that does action 11", "Enter a real date, for example 1/4/2025",
        "Enter a real date, for example 1/4/2025", "Say in a sentence why you make this change",
    ]);
    for (const href of await page.locator(".nhsuk-error-summary a").evaluateAll((links) => links.map((link) => link.getAttribute("href")))) {
        assert.equal(await page.locator(href).count(), 1, href);
    }
    assert.equal(await page.inputValue("#action_due_10"), "soon");
    await page.fill("#action_due_10", "");
    await page.fill("#review_on", "1/2/2025");
    await page.fill("#why", "Seen at home");
    await page.click("main button");
    assert.match(await card(page).innerText(), /Community hospital therapy[\s\S]*22 January 2025, Social worker[\s\S]*1 February 2025: Walks to the gate/);
    // Who was slower sees what the other saved beside what they wrote, and may save both.
    await first.page.fill("#goals", "Go to the stroke club");
    await first.page.fill("#why", "Her wish");
    await first.page.click("main button");
    assert.match(await text(first.page), /There is a problem[\s\S]*Somebody else changed this[\s\S]*What was saved while you were writing[\s\S]*Walks to the gate[\s\S]*What you wrote/);
    assert.equal((await first.page.inputValue("#goals")).trim(), "Go to the stroke club");
    await first.page.click("main button");
    assert.match(await card(first.page).innerText(), /Go to the stroke club[\s\S]*Community hospital therapy[\s\S]*1 February 2025: Walks to the gate[\s\S]*Version 6/);
    // Each version can be read.
    await card(first.page).locator("a:has-text('All versions')").click();
    await first.page.click("main th a[href$='?version=4']");
    assert.match(await text(first.page), /Version 4, 22 January 2025[\s\S]*Walk to the corner shop/);
    assert.doesNotMatch(await text(first.page), /Walks to the gate/);
    await first.context.close();
    await second.context.close();
});

test("without script a document is put down, read back byte for byte, changed and withdrawn", async () => {
    const { page, context } = await open("dr.hughes", { script: false });
    await page.goto(`/people/${people.story}/new/document`);
    await page.fill("#title", "Photograph of the ramp");
    await page.fill("#why", "For the therapists");
    await page.click("main button");
    assert.match(await text(page), /There is a problem[\s\S]*Choose the file/);
    assert.equal(await page.inputValue("#title"), "Photograph of the ramp");
    await page.setInputFiles("#file", { name: "page.html", mimeType: "text/html", buffer: Buffer.from("<script>") });
    await page.click("main button");
    assert.match(await text(page), /Choose a file that is a PDF/);
    // More than a form may hold otherwise, with every byte there is.
    const bytes = Buffer.alloc(2 << 20, Buffer.from(Array.from({ length: 256 }, (_, i) => i)));
    await page.setInputFiles("#file", { name: "ramp.png", mimeType: "image/png", buffer: bytes });
    await page.click("main button");
    assert.match(await text(page), /Photograph of the ramp, 2048 KB/);
    const link = page.locator("li:has-text('Photograph of the ramp') a").first();
    const answer = await context.request.get(await link.getAttribute("href"));
    assert.ok((await answer.body()).equals(bytes));
    assert.equal(answer.headers()["content-type"], "image/png");
    assert.match(answer.headers()["content-disposition"], /^attachment/);
    assert.equal(answer.headers()["x-content-type-options"], "nosniff");
    await page.click("li:has-text('Photograph of the ramp') a[href$='/edit']");
    people.document = new URL(page.url()).pathname;
    await page.fill("#title", "Ramp at the back door");
    await page.fill("#why", "There are two ramps");
    await page.click("main button");
    const again = await context.request.get(await page.locator("li:has-text('Ramp at the back door') a").first().getAttribute("href"));
    assert.ok((await again.body()).equals(bytes));
    const entries = JSON.parse(await done(["audit", "log", dir, "--json"])).filter((entry) => entry.actor === "dr.hughes" && entry.subject === people.story);
    assert.equal(entries.filter((entry) => entry.kind === "change" && /^document /.test(entry.detail)).length, 2);
    assert.ok(entries.some((entry) => /^contents of document /.test(entry.detail)));
    // Who may not put one down is told nothing else.
    const other = await open("desk.parry", { script: false });
    await other.page.goto(`/people/${people.story}`);
    assert.equal(await other.page.locator("a[href$='/new/document']").count(), 0);
    await other.context.close();
    await context.close();
});
