// What script adds to pages that work without it: the components' own behaviour.
import {
    initButtons, initCharacterCounts, initErrorSummary, initHeader, initNotificationBanners,
    initPasswordInputs, initRadios, initSkipLinks,
} from "nhsuk-frontend/dist/nhsuk/index.mjs";
import { initKeys } from "./keys";
import { initSliders } from "./sliders";

initKeys();
initSliders();
initHeader();
initSkipLinks();
initErrorSummary();
initNotificationBanners();
initButtons();
initCharacterCounts();
initPasswordInputs();
initRadios();
