// Every behaviour of a page with the frame. The order does not matter: all listen on the document.
import "./ask.js";
import "./cells.js";
import "./choose.js";
import "./compose.js";
import "./copy.js";
import "./days.js";
import "./files.js";
import "./htmx.js";
import "./keys.js";
import "./menu.js";
import "./palette.js";
import "./pick.js";
import "./regions.js";
import "./select.js";
import "./theme.js";
import "./toasts.js";
import "./unsaved.js";
