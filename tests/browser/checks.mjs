// What is checked on each page besides axe: the criteria of WCAG 2.2 that no library checks, reflow,
// larger text, print. Each function runs in the page and returns a line for each breach. Numbers of
// the criteria stand in front.

// Names an element in a line of a finding.
const helpers = `
const nameOf = (e) => e.tagName.toLowerCase() + (e.id ? "#" + e.id : "") + (typeof e.className === "string" && e.className ? "." + e.className.trim().split(/\\s+/)[0] : "") +
    " '" + (e.getAttribute("aria-label") ?? e.textContent ?? "").trim().replace(/\\s+/g, " ").slice(0, 40) + "'";
const isShown = (e) => e.checkVisibility({ visibilityProperty: true }) && e.getClientRects().length > 0;
const targets = () => [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']")].filter((e) => isShown(e) && !e.disabled);
`;

async function inPage(page, body, argument) {
    return page.evaluate(`((argument) => { ${helpers} return (${body})(argument); })(${JSON.stringify(argument ?? null)})`);
}

// 2.5.8: 24 by 24 pixels, or a link in a sentence, or as a circle of 24 pixels clear of all others.
export const smallTargets = (page) => inPage(page, String(() => {
    const all = targets().filter((e) => !e.matches(".shire-wide, .nhsuk-skip-link"));
    const boxOf = (e) => {
        // A radio or checkbox is pressed by its label too.
        const boxes = [e, ...(e.labels ?? [])].flatMap((part) => [...part.getClientRects()]).filter((box) => box.width > 0);
        return { left: Math.min(...boxes.map((b) => b.left)), right: Math.max(...boxes.map((b) => b.right)), top: Math.min(...boxes.map((b) => b.top)), bottom: Math.max(...boxes.map((b) => b.bottom)) };
    };
    const boxes = all.map(boxOf);
    const isInSentence = (e) => e.tagName === "A" && getComputedStyle(e).display === "inline" &&
        [...e.parentElement.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim().length > 2);
    return all.filter((e, i) => {
        const box = boxes[i];
        if ((box.right - box.left >= 24 && box.bottom - box.top >= 24) || isInSentence(e)) {
            return false;
        }
        const x = (box.left + box.right) / 2, y = (box.top + box.bottom) / 2;
        return boxes.some((other, j) => j !== i && !e.contains(all[j]) && !all[j].contains(e) &&
            Math.hypot(Math.max(other.left - x, 0, x - other.right), Math.max(other.top - y, 0, y - other.bottom)) < 12);
    }).map((e) => `2.5.8 target below 24 pixels: ${nameOf(e)}`);
}));

// 2.4.7 and 2.4.11: what has the focus looks other than without, and nothing lies over it.
export const hiddenFocus = (page) => inPage(page, String(() => {
    const looks = (e) => {
        const style = getComputedStyle(e);
        const label = e.labels?.[0] ? getComputedStyle(e.labels[0], "::before") : style;
        return [style, label].map((s) => [s.outlineStyle === "none" ? "" : s.outlineColor + s.outlineWidth, s.boxShadow, s.backgroundColor, s.borderColor, s.borderWidth].join(";")).join("|");
    };
    const found = [];
    document.activeElement?.blur?.();
    for (const e of targets()) {
        const before = looks(e);
        e.focus({ focusVisible: true });
        if (document.activeElement !== e) {
            found.push(`2.1.1 cannot take the focus: ${nameOf(e)}`);
            continue;
        }
        if (looks(e) === before) {
            found.push(`2.4.7 focus is not visible: ${nameOf(e)}`);
        }
        const seen = [...e.getClientRects(), ...[...(e.labels ?? [])].flatMap((label) => [...label.getClientRects()])].some((box) =>
            [[0.5, 0.5], [0.1, 0.5], [0.9, 0.5], [0.5, 0.1], [0.5, 0.9]].some(([x, y]) => {
                const top = document.elementFromPoint(box.left + box.width * x, box.top + box.height * y);
                return top !== null && (e.contains(top) || top.contains(e) && top !== document.body && top !== document.documentElement || [...(e.labels ?? [])].some((label) => label.contains(top)));
            }));
        if (!seen) {
            found.push(`2.4.11 focus is covered or out of sight: ${nameOf(e)}`);
        }
        e.blur();
    }
    scrollTo(0, 0);
    return found;
}));

// 1.4.10 and 1.4.4: nothing has to be scrolled sideways but a table in a region of its own, and no
// text is cut off.
export const sideways = (page, rule) => inPage(page, String((rule) => {
    const found = [];
    const root = document.documentElement;
    if (root.scrollWidth > root.clientWidth) {
        const widest = [...document.body.querySelectorAll("*")].filter((e) => isShown(e) && !e.closest(".shire-wide") && e.getBoundingClientRect().right > root.clientWidth + 1).pop();
        found.push(`${rule} page is ${root.scrollWidth} pixels wide where ${root.clientWidth} are seen: ${widest ? nameOf(widest) : "?"}`);
    }
    for (const e of document.body.querySelectorAll("*")) {
        const style = getComputedStyle(e);
        if (isShown(e) && ["hidden", "clip"].includes(style.overflowX) && !e.matches("input") && !e.closest("[class*=visually-hidden], .nhsuk-skip-link, svg") && e.scrollWidth > e.clientWidth + 1) {
            found.push(`${rule} text is cut off: ${nameOf(e)}`);
        }
    }
    return found;
}), rule);

// 1.4.12: nothing is cut off when somebody spaces the text as the criterion says. The header counts anew what fits.
export async function spaced(page) {
    await page.evaluate(() => {
        const sheet = new CSSStyleSheet();
        sheet.replaceSync("* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important } p { margin-bottom: 2em !important }");
        document.adoptedStyleSheets = [sheet];
        window.dispatchEvent(new Event("resize"));
        return new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    });
    const found = await sideways(page, "1.4.12");
    await page.evaluate(() => {
        document.adoptedStyleSheets = [];
        window.dispatchEvent(new Event("resize"));
        return new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    });
    return found;
}

// 2.5.7: what is dragged can be done without: a slider has a number beside it that is typed.
export const dragged = (page) => inPage(page, String(() => [
    ...[...document.querySelectorAll("[draggable=true]")].map((e) => `2.5.7 is dragged: ${nameOf(e)}`),
    ...[...document.querySelectorAll("input[type=range]")]
        .filter((e) => ![...document.querySelectorAll("input:not([type=range])")].some((field) => isShown(field) && `${field.labels[0]?.textContent} (slider)` === e.getAttribute("aria-label")))
        .map((e) => `2.5.7 is dragged alone: ${nameOf(e)}`),
]));

// 3.3.1 and 2.4.2: after a mistake the title says so first, the summary stands before the heading, and each of its
// links leads to a field that tells the same.
export const mistakes = (page) => inPage(page, String(() => {
    const summary = document.querySelector(".nhsuk-error-summary");
    const links = [...(summary?.querySelectorAll("a") ?? [])];
    const found = links.filter((e) => document.querySelectorAll(e.getAttribute("href")).length !== 1).map((e) => `3.3.1 leads to no field: ${nameOf(e)}`);
    if ((summary !== null) !== document.title.startsWith("Error: ")) {
        found.push(`2.4.2 title '${document.title}' ${summary ? "hides" : "tells of"} a mistake`);
    }
    if (summary && links.length === 0) {
        found.push("3.3.1 the summary has no link");
    }
    if (summary && !(summary.compareDocumentPosition(document.querySelector("h1")) & Node.DOCUMENT_POSITION_FOLLOWING)) {
        found.push("3.3.1 the summary comes after the heading");
    }
    return found;
}));

// In print there is nothing to press, and nothing is cut off that one would have to scroll for.
export const badPrint = (page) => inPage(page, String(() => {
    const found = targets().filter((e) => e.matches("nav *, footer *, button, input, select, textarea, .nhsuk-button, .nhsuk-skip-link") && !e.closest("main form, main .shire-print"))
        .map((e) => `print shows what cannot be pressed: ${nameOf(e)}`);
    for (const e of document.body.querySelectorAll("*")) {
        if (isShown(e) && e.clientWidth > 0 && getComputedStyle(e).overflowX !== "visible" && !e.closest("svg, [class*=visually-hidden], .nhsuk-skip-link") && e.scrollWidth > e.clientWidth + 1) {
            found.push(`print cuts off: ${nameOf(e)}`);
        }
    }
    if (document.documentElement.scrollWidth > document.documentElement.clientWidth) {
        found.push(`print is ${document.documentElement.scrollWidth} pixels wide, the paper ${document.documentElement.clientWidth}`);
    }
    return found;
}));

// 2.4.2, 2.4.6, 3.2.6: every page says where one is, and has help at the same place.
export const lost = (page) => inPage(page, String(() => {
    const found = [];
    const headings = [...document.querySelectorAll("h1")].filter(isShown);
    if (headings.length !== 1) {
        found.push(`2.4.6 ${headings.length} headings of the first level`);
    }
    if (!/^(Error: )?\S.* – \S/.test(document.title)) {
        found.push(`2.4.2 title '${document.title}'`);
    }
    const ends = [...document.querySelectorAll("footer a")].map((e) => e.getAttribute("href"));
    if (ends[0] !== "/help" || ends.indexOf("/accessibility") < 0) {
        found.push(`3.2.6 help is not the first link of the footer: ${ends}`);
    }
    if (document.querySelector("a[href]").getAttribute("href") !== "#maincontent") {
        found.push("2.4.1 the first link does not skip to the content");
    }
    return found;
}));

// 1.3.5 and 3.3.8: a field for what a browser knows says so, and lets it be pasted.
export const blockedFields = (page) => inPage(page, String(() => {
    const wanted = { password: /^(current|new)-password$/, code: /^one-time-code$/ };
    return [...document.querySelectorAll("input:not([type=hidden])")].flatMap((e) => {
        const found = [];
        const needs = wanted[e.type === "password" ? "password" : e.name];
        if (needs && !needs.test(e.autocomplete)) {
            found.push(`3.3.8 ${nameOf(e)} has autocomplete '${e.autocomplete}'`);
        }
        const paste = new ClipboardEvent("paste", { bubbles: true, cancelable: true, clipboardData: new DataTransfer() });
        if (!e.dispatchEvent(paste)) {
            found.push(`3.3.8 ${nameOf(e)} refuses to be pasted into`);
        }
        return found;
    });
}));
