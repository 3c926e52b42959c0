"""The look of the page: one style sheet, light and dark, wide screens, phones and paper, no address outside it."""

from __future__ import annotations

STYLE = """
:root{--ink:#18212c;--soft:#5d6a78;--line:#e2e6eb;--paper:#f5f6f8;--card:#fff;--one:#2a6496;--two:#c2621a;
--three:#2f7d57;--warn:#8a5a00;--warn-bg:#fcf1d8;--bad:#b3261e;--bad-bg:#fde8e6;--good:#19734a;--heat:42,100,150;
--hot:194,98,26}
@media (prefers-color-scheme:dark){:root{--ink:#e6ebf1;--soft:#98a5b3;--line:#2b3541;--paper:#10151b;--card:#181f28;
--one:#79b4e8;--two:#f0a163;--three:#79cfa4;--warn:#efc266;--warn-bg:#35290d;--bad:#ff9a90;--bad-bg:#3c1613;
--good:#6fd3a0;--heat:121,180,232;--hot:240,161,99}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,
"Helvetica Neue",Arial,sans-serif;-webkit-text-size-adjust:100%}
main{max-width:1120px;margin:0 auto;padding:30px 20px 48px}
header h1{font-size:27px;line-height:1.2;margin:0 0 4px;letter-spacing:-.01em;overflow-wrap:anywhere}
header p{margin:0;color:var(--soft)}
nav{margin-top:12px;display:flex;flex-wrap:wrap;gap:4px 16px;font-size:13.5px}
nav a{color:var(--one);text-decoration:none}
nav a:hover{text-decoration:underline}
h2{font-size:18px;margin:0 0 2px;letter-spacing:-.005em}
h3{font-size:13.5px;margin:18px 0 6px;color:var(--soft);font-weight:600}
section{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:20px 22px;margin-top:18px}
p.note{margin:0 0 12px;color:var(--soft);font-size:13.5px;max-width:112ch}
ul.warnings{list-style:none;margin:18px 0 0;padding:12px 18px;border-radius:12px;background:var(--warn-bg);
color:var(--ink);border-left:5px solid var(--warn)}
ul.warnings li+li{margin-top:4px}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(136px,1fr));gap:10px;margin-top:18px}
.tile{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:11px 12px}
.tile i{display:block;font-style:normal;font-size:12px;color:var(--soft);line-height:1.35}
.tile b{font-size:19px;font-weight:600;font-variant-numeric:tabular-nums;letter-spacing:-.01em;white-space:nowrap}
.tile small{display:block;color:var(--soft);font-size:12px}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums;font-size:14px}
th{font-size:12px;font-weight:600;color:var(--soft);text-align:right;padding:6px 8px;
border-bottom:1px solid var(--line);vertical-align:bottom}
td{padding:5px 8px;text-align:right;border-bottom:1px solid var(--line);vertical-align:middle;white-space:nowrap}
tbody tr:last-child td{border-bottom:0}
th.l,td.l{text-align:left}
td.l{white-space:normal}
td small{color:var(--soft);font-size:12px}
td small.below{display:block;line-height:1.25}
td.heat{border-left:2px solid var(--card)}
.chip{display:inline-block;border-radius:99px;padding:0 9px;font-size:12px;font-weight:600;white-space:nowrap;
background:var(--paper);color:var(--soft)}
.chip.bad{background:var(--bad-bg);color:var(--bad)}
svg{display:block;max-width:100%;height:auto}
td svg{margin-left:auto}
td.group{text-align:left;padding-top:16px;font-size:13px;font-weight:600;color:var(--soft)}
svg text{fill:var(--soft);font:11px system-ui,-apple-system,"Segoe UI",Roboto,Arial,sans-serif}
svg text.ink{fill:var(--ink)}
svg text.strong{fill:var(--ink);font-weight:600;font-size:12.5px}
svg .axis{stroke:var(--line);fill:none}
svg .guide{stroke:var(--soft);stroke-dasharray:3 3;fill:none;opacity:.7}
svg .line{fill:none;stroke-width:2;stroke-linejoin:round}
svg .one{stroke:var(--one)}svg .two{stroke:var(--two)}svg .three{stroke:var(--three)}svg .soft{stroke:var(--soft)}
svg .f-one{fill:var(--one)}svg .f-two{fill:var(--two)}svg .f-three{fill:var(--three)}svg .f-soft{fill:var(--soft)}
svg .band{opacity:.16;stroke:none}
.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(228px,1fr));gap:14px 18px}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(330px,1fr));gap:18px 26px;align-items:start}
.shots{display:grid;grid-template-columns:repeat(auto-fill,minmax(236px,1fr));gap:14px}
.shot{margin:0;border:1px solid var(--line);border-radius:10px;overflow:hidden;break-inside:avoid}
.shot div{display:grid;grid-template-columns:1fr 1fr;gap:1px;background:var(--line)}
.shot img{width:100%;aspect-ratio:1;display:block;object-fit:cover}
.shot figcaption{padding:7px 10px;font-size:13px;line-height:1.35}
.shot figcaption small{display:block;color:var(--soft);overflow-wrap:anywhere;font-size:11.5px}
.strip{display:grid;grid-template-columns:repeat(auto-fill,minmax(104px,1fr));gap:10px;margin:6px 0 4px}
.strip figure{margin:0;font-size:12px;color:var(--soft);text-align:center}
.strip img{width:100%;aspect-ratio:1;border-radius:8px;display:block;object-fit:cover;margin-bottom:3px}
.key{display:flex;flex-wrap:wrap;gap:2px 16px;font-size:12.5px;color:var(--soft);margin:2px 0 6px}
.key i{display:inline-block;width:16px;height:3px;border-radius:2px;margin-right:6px;vertical-align:middle}
dl{display:grid;grid-template-columns:minmax(130px,190px) 1fr;gap:5px 16px;margin:10px 0 0;font-size:14px}
dt{color:var(--soft)}
dd{margin:0;overflow-wrap:anywhere}
footer{margin-top:22px;color:var(--soft);font-size:13px;max-width:96ch}
@media (max-width:700px){main{padding:18px 12px 32px}section{padding:14px}dl{grid-template-columns:1fr}
dt{margin-top:6px}.tiles{grid-template-columns:1fr 1fr}
.pair,.shots{grid-template-columns:1fr}.grid{grid-template-columns:1fr 1fr}}
@media print{:root{--ink:#000;--soft:#444;--line:#ccc;--paper:#fff;--card:#fff;--one:#2a6496;--two:#c2621a;
--three:#2f7d57;--warn-bg:#fff;--bad:#b3261e;--bad-bg:#fff;--heat:42,100,150;--hot:194,98,26}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}
body{font-size:11px}main{max-width:none;padding:0}nav{display:none}
section{border:0;border-top:1px solid var(--line);border-radius:0;padding:12px 0}
table,dl{font-size:10.5px}th,td small,p.note,.key,.tile small,.tile i{font-size:9.5px}
h2{font-size:15px}
tr,.tile,figure,svg{break-inside:avoid}h2,h3,p.note{break-after:avoid}
.scroll{overflow:visible}}
"""
