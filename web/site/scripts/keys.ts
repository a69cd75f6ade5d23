// Single keys press the buttons that name them (data-key), while the box that switches them on is
// ticked, and never while somebody types. The choice lasts as long as the tab.
export function initKeys(): void {
    const box = document.querySelector<HTMLInputElement>("#keys");
    if (box === null) {
        return;
    }
    box.closest<HTMLElement>(".shire-keys")!.hidden = false;
    box.checked = sessionStorage.getItem("keys") === "on";
    box.addEventListener("change", () => sessionStorage.setItem("keys", box.checked ? "on" : "off"));
    document.addEventListener("keydown", (event) => {
        const typing = event.target instanceof HTMLInputElement && event.target.type !== "checkbox";
        if (!box.checked || typing || event.ctrlKey || event.altKey || event.metaKey || event.repeat) {
            return;
        }
        document.querySelector<HTMLElement>(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`)?.click();
    });
}
