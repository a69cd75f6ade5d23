// A slider beside each number that has limits (data-slider="LEAST MOST"), and results that follow.
// The number stays the form's value, and the form works without any of this.
export function initSliders(): void {
    const form = document.querySelector<HTMLFormElement>(".shire-what-if");
    for (const field of form?.querySelectorAll<HTMLInputElement>("[data-slider]") ?? []) {
        const slider = document.createElement("input");
        slider.type = "range";
        [slider.min, slider.max] = field.dataset.slider!.split(" ");
        slider.value = field.value;
        slider.className = "shire-slider";
        slider.setAttribute("aria-label", `${document.querySelector(`label[for="${field.id}"]`)!.textContent} (slider)`);
        slider.addEventListener("input", () => (field.value = slider.value));
        slider.addEventListener("change", () => void follow(form!));
        field.addEventListener("input", () => (slider.value = field.value));
        field.parentElement!.after(slider);
    }
}

let asked = 0;

// Puts the answer's results into the place of these; what was asked for last stays.
async function follow(form: HTMLFormElement): Promise<void> {
    const number = ++asked;
    const address = `${form.getAttribute("action")}?${new URLSearchParams(new FormData(form) as never)}`;
    const answer = await fetch(address, { credentials: "same-origin" });
    const results = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("#results");
    if (number === asked && answer.ok && results !== null) {
        document.querySelector("#results")!.replaceChildren(...results.childNodes);
        history.replaceState(null, "", address);
    }
}
