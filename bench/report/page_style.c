// SPDX-License-Identifier: GPL-2.0-only
#include "page_style.h"

#include "plot.h"

static const char rules[] =
	"* { box-sizing: border-box }\n"
	"body { margin: 0 auto; padding: 1rem 1.25rem 4rem; max-width: 1060px; background: "
	"var(--paper);\n"
	"  color: var(--ink); font: 16px/1.55 system-ui, -apple-system, 'Segoe UI', Roboto, "
	"'DejaVu Sans',\n"
	"  'Liberation Sans', sans-serif; overflow-wrap: break-word }\n"
	"h1 { font-size: 1.75rem; line-height: 1.2; margin: 1.2rem 0 .3rem }\n"
	"h2 { font-size: 1.35rem; margin: 2.6rem 0 .6rem; padding-top: .8rem; border-top: 1px solid "
	"var(--grid) }\n"
	"h3 { font-size: 1.05rem; margin: 1.6rem 0 .4rem }\n"
	"p, li, figcaption, dd { max-width: 78ch }\n"
	"a { color: var(--exit) }\n"
	"small { font-size: .82em; color: var(--frame) }\n"
	"code { font: .88em/1.4 ui-monospace, 'DejaVu Sans Mono', monospace; overflow-wrap: anywhere "
	"}\n"
	".under { color: var(--frame); margin: 0 }\n"
	"nav ul { list-style: none; padding: 0; margin: .8rem 0; display: flex; flex-wrap: wrap; gap: "
	".3rem 1.2rem }\n"
	".box { border: 1px solid var(--grid); border-left: 4px solid var(--exit); padding: .2rem 1rem; "
	"margin: 1rem 0 }\n"
	".warn { border-left-color: var(--reaper) }\n"
	"figure { margin: 1.4rem 0 2rem; padding: 0 }\n"
	"figcaption { font-size: .92rem; margin-top: .4rem }\n"
	".files { font-size: .85rem; margin: .25rem 0 0; color: var(--frame) }\n"
	".wide { overflow-x: auto; border: 1px solid var(--grid); border-radius: 4px; background: "
	"var(--paper) }\n"
	".wide:focus-visible { outline: 2px solid var(--exit) }\n"
	".wide svg { display: block; width: 100%; min-width: 860px; height: auto }\n"
	"svg text { font-family: system-ui, -apple-system, 'DejaVu Sans', 'Liberation Sans', "
	"sans-serif }\n"
	"table { border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums; "
	"width: 100% }\n"
	"th, td { padding: .3rem .5rem; text-align: right; white-space: nowrap; border-bottom: 1px "
	"solid var(--grid) }\n"
	"thead th { white-space: normal; vertical-align: bottom; font-weight: 600; min-width: 4.2rem }\n"
	"th:first-child { text-align: left }\n"
	".wide + .wide { margin-top: .6rem }\n"
	".unseen { position: absolute; width: 1px; height: 1px; margin: 0; overflow: hidden; clip-path: "
	"inset(50%) }\n"
	".sure { font-weight: 700 }\n"
	".sure small { font-weight: 400 }\n"
	"dl { display: grid; grid-template-columns: minmax(7rem, max-content) minmax(0, 1fr); gap: "
	".25rem 1rem; margin: .6rem 0 }\n"
	"dt { color: var(--frame) }\n"
	"dd { margin: 0 }\n";

/* Ink on paper, whatever the screen had; nothing is scrolled, and nothing is cut in two. */
static const char print_rules[] = "@page { margin: 14mm }\n"
				  "body { max-width: none; padding: 0; font-size: 11pt }\n"
				  "nav, .files { display: none }\n"
				  "figure, table, .box, h2, h3 { break-inside: avoid }\n"
				  "h2, h3 { break-after: avoid }\n"
				  ".wide { overflow: visible; border: 0 }\n"
				  ".wide svg { min-width: 0; max-height: 230mm }\n"
				  "table { font-size: 6pt; table-layout: auto }\n"
				  "th, td { padding: 1pt 2pt; white-space: normal }\n"
				  "thead th { min-width: 0 }\n"
				  "a { color: inherit }\n";

static void put_variables(FILE *out, bool dark)
{
	size_t nr, i;
	const struct colour *colours = plot_colours(&nr);

	fprintf(out, ":root {");
	for (i = 0; i < nr; i++)
		fprintf(out, "%s--%s: #%06x;", i % 4 ? " " : "\n  ", colours[i].name + 2,
			dark ? colours[i].dark : colours[i].light);
	fprintf(out, "\n}\n");
}

void page_style(FILE *out)
{
	fprintf(out, "<style>\n:root { color-scheme: light dark }\n");
	put_variables(out, false);
	fprintf(out, "@media screen and (prefers-color-scheme: dark) {\n");
	put_variables(out, true);
	fprintf(out, "}\n%s@media print {\n%s}\n</style>\n", rules, print_rules);
}
