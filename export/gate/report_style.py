"""The look of report.html: one style sheet, light and dark, wide screens and phones, no address outside the page."""

from __future__ import annotations

STYLE = """
:root{--ink:#16202b;--soft:#5b6876;--line:#e3e7ec;--paper:#f6f7f9;--card:#fff;--accent:#2f5d8a;
--pass:#19734a;--pass-bg:#e4f4ec;--inconclusive:#8a5a00;--inconclusive-bg:#fcf1d8;--fail:#b3261e;--fail-bg:#fde8e6;
--heat:47,93,138}
@media (prefers-color-scheme:dark){:root{--ink:#e7ecf2;--soft:#9aa7b5;--line:#2b3541;--paper:#11161c;--card:#19212a;
--accent:#7fb2e5;--pass:#6fd3a0;--pass-bg:#12301f;--inconclusive:#efc266;--inconclusive-bg:#35290d;--fail:#ff9a90;
--fail-bg:#3c1613;--heat:127,178,229}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,
"Helvetica Neue",Arial,sans-serif;-webkit-text-size-adjust:100%}
main{max-width:1080px;margin:0 auto;padding:28px 20px 48px}
header h1{font-size:26px;line-height:1.2;margin:0 0 4px;letter-spacing:-.01em;overflow-wrap:anywhere}
header p{margin:0;color:var(--soft)}
h2{font-size:17px;margin:0 0 2px}
section{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:18px 20px;margin-top:18px}
section>p.note{margin:0 0 12px;color:var(--soft);font-size:13.5px;max-width:112ch}
.banner{border:0;border-radius:12px;padding:18px 20px;margin-top:18px;border-left:6px solid currentColor}
.banner b{display:block;font-size:21px;letter-spacing:-.01em}
.banner span{color:var(--ink)}
.banner.pass{background:var(--pass-bg);color:var(--pass)}
.banner.inconclusive{background:var(--inconclusive-bg);color:var(--inconclusive)}
.banner.fail{background:var(--fail-bg);color:var(--fail)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(172px,1fr));gap:12px;margin-top:18px}
.tile{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:12px 14px}
.tile i{display:block;font-style:normal;font-size:12.5px;color:var(--soft)}
.tile b{font-size:19px;font-weight:600;font-variant-numeric:tabular-nums;letter-spacing:-.01em;white-space:nowrap}
.tile small{display:block;color:var(--soft);font-size:12.5px;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th{font-size:12px;font-weight:600;color:var(--soft);text-align:right;padding:6px 8px;
border-bottom:1px solid var(--line);vertical-align:bottom}
td{padding:6px 8px;text-align:right;border-bottom:1px solid var(--line);vertical-align:middle}
tbody tr:last-child td{border-bottom:0}
th.l,td.l{text-align:left}
td.l b{font-weight:600}
td small,td.quiet{color:var(--soft)}
td.quiet{font-size:13.5px;line-height:1.4}
td small{font-size:12.5px}
tr.figures td{border-bottom:0;padding:6px 5px 0}
tr.figures td.l{white-space:nowrap}
td small.number{display:inline-block;width:26px}
td.why{padding:0 8px 8px 31px}
small.below{display:block;line-height:1.25}
td.wide{width:62%;overflow-wrap:anywhere}
td.plot,th.plot{width:222px;text-align:left}
.chip{display:inline-block;border-radius:99px;padding:1px 9px;font-size:12.5px;font-weight:600;white-space:nowrap}
.chip.pass{background:var(--pass-bg);color:var(--pass)}
.chip.inconclusive{background:var(--inconclusive-bg);color:var(--inconclusive)}
.chip.fail{background:var(--fail-bg);color:var(--fail)}
.chip.plain{background:var(--paper);color:var(--soft)}
svg{display:block;max-width:100%}
svg text{fill:var(--soft);font:11px system-ui,-apple-system,"Segoe UI",Roboto,Arial,sans-serif}
svg text.ink{fill:var(--ink)}
svg .axis{stroke:var(--line)}
svg .limit{stroke:var(--soft);stroke-dasharray:3 3}
.v-pass{stroke:var(--pass);fill:var(--pass)}
.v-inconclusive{stroke:var(--inconclusive);fill:var(--inconclusive)}
.v-fail{stroke:var(--fail);fill:var(--fail)}
.v-none{stroke:var(--soft);fill:var(--soft)}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(300px,1fr));gap:18px}
.pair h3{font-size:13.5px;margin:0 0 6px;color:var(--soft);font-weight:600}
dl{display:grid;grid-template-columns:minmax(130px,190px) 1fr;gap:5px 16px;margin:10px 0 0}
dt{color:var(--soft)}
dd{margin:0;overflow-wrap:anywhere}
footer{margin-top:22px;color:var(--soft);font-size:13px;max-width:84ch}
@media (max-width:700px){
main{padding:18px 12px 32px}section{padding:14px 14px}
table.stack thead{display:none}
table.stack,table.stack tbody,table.stack tr,table.stack td{display:block;width:100%}
table.stack tr{border-bottom:1px solid var(--line);padding:8px 0}
table.stack tbody tr:last-child{border-bottom:0}
table.stack td{border:0;padding:2px 0;text-align:right;display:flex;justify-content:space-between;gap:14px}
table.stack td::before{content:attr(data-k);color:var(--soft);font-size:13px;text-align:left;flex:none}
table.stack tr.figures td.l{white-space:normal}
table.stack tr.figures{border-bottom:0;padding-bottom:0}
table.stack tr.figures+tr{padding-top:0}
table.stack td.l:first-child{display:block;text-align:left;font-size:16px}
table.stack td.l:first-child::before{content:none}
table.stack td.why:first-child{font-size:13.5px}
table.stack td.plot{justify-content:flex-start;width:100%}
table.stack td.plot::before{content:none}
table.stack td.empty{display:none}
table.stack td.wide{display:block;text-align:left}
td.plot svg{width:100%;height:auto}
.scroll{overflow-x:auto}
dl{grid-template-columns:1fr}dt{margin-top:6px}
.tiles{grid-template-columns:1fr 1fr}
.pair{grid-template-columns:1fr}}
@media print{body{background:#fff}section,.tile{break-inside:avoid}}
"""
