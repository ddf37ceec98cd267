//! One page that needs nothing else: the messages as a list, and of the chosen one the bytes and the tree side by side.
//! Pointing at a byte marks its row and those around it, pointing at a row marks its bytes.

use std::io::{self, Write};

use nlmsg::explain::Role;

use super::{Form, Seen, effect, fault, tree, type_of, value_of};
use crate::capture::Note;
use crate::socket::Direction;

/// The form.
#[derive(Default)]
pub struct Html;

/// A text as HTML shows it.
fn text(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

const HEAD: &str = r##"<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>A netlink conversation</title>
<style>
:root{color-scheme:light dark;--line:#8886;--dim:#777;--mark:#fd06;--own:#fa0a;--name:#06a;--bad:#c22;--good:#272}
@media(prefers-color-scheme:dark){:root{--dim:#999;--name:#7be;--bad:#f77;--good:#8c8}}
*{box-sizing:border-box}
body{margin:0;font:14px/1.45 system-ui,sans-serif;display:grid;grid-template-columns:minmax(16em,26em) 1fr;height:100vh}
#list{overflow:auto;border-right:1px solid var(--line)}
#list a{display:block;padding:.35em .7em;color:inherit;text-decoration:none;border-bottom:1px solid var(--line)}
#list a.sent{border-left:4px solid #48f}#list a.received{border-left:4px solid #4a4}#list a.bad{border-left-color:var(--bad)}
#list a:target,#list a.on{background:var(--mark)}
#list p{margin:0;padding:.35em .7em;color:var(--dim)}
small{color:var(--dim);display:block}
main{overflow:auto;padding:1em}
section{display:none}section.on{display:block}
h2{font-size:1.1em;margin:0}
.both{display:grid;grid-template-columns:max-content minmax(24em,1fr);gap:1.5em;align-items:start;margin-top:1em}
.bytes,.tree,code,pre{font-family:ui-monospace,monospace;font-size:13px}
.bytes{position:sticky;top:0;max-height:96vh;overflow:auto}
.bytes b{font-weight:normal;padding:0 .25em;cursor:default}
.bytes i{color:var(--dim);font-style:normal;padding-right:.8em}
.tree div{white-space:pre-wrap;padding:0 .3em;text-indent:-1em;cursor:default}
.tree span{color:var(--name)}.tree em{color:var(--dim);font-style:normal}.tree q{color:var(--good);quotes:none}
.in{background:var(--mark)}.own{background:var(--own)}
.error{color:var(--bad)}pre{margin:.3em 0;white-space:pre-wrap}
#doc{position:sticky;bottom:0;background:Canvas;border-top:1px solid var(--line);padding:.4em 0;min-height:2em}
@media(max-width:900px){body{grid-template-columns:1fr;height:auto}.both{grid-template-columns:1fr}#list{max-height:30vh}}
</style></head><body><nav id="list"></nav><main>
"##;

const TAIL: &str = r##"<div id="doc"></div></main><script>
"use strict";
const list=document.getElementById("list"),doc=document.getElementById("doc"),sections=[...document.querySelectorAll("main>section")];
for(const n of document.querySelectorAll("main>section,main>p.note")){
  if(n.tagName==="P"){list.append(n);continue}
  const a=document.createElement("a");a.href="#"+n.id;a.className=n.dataset.way+(n.querySelector(".error")?" bad":"");
  a.append(n.dataset.title);const s=document.createElement("small");s.textContent=n.dataset.words;a.append(s);list.append(a);n.link=a}
function show(){const id=location.hash.slice(1)||(sections[0]||{}).id;
  for(const s of sections){const on=s.id===id;s.classList.toggle("on",on);s.link.classList.toggle("on",on);
    if(on){build(s);s.link.scrollIntoView({block:"nearest"})}}doc.textContent=""}
function build(s){const box=s.querySelector(".bytes");if(box.firstChild)return;
  const hex=box.dataset.hex,rows=[...s.querySelectorAll(".tree div")];s.cells=[];
  for(let i=0;i<hex.length;i+=2){
    if(i%32===0){if(i)box.append("\n",document.createElement("br"));const o=document.createElement("i");
      o.textContent=(i/2).toString(16).padStart(4,"0");box.append(o)}
    const b=document.createElement("b");b.textContent=hex.slice(i,i+2);b.dataset.at=i/2;s.cells.push(b);box.append(b)}
  for(const r of rows){r.from=+r.dataset.from;r.own=r.from+ +r.dataset.own;r.to=r.from+ +r.dataset.all}
  const mark=(from,own,to,row)=>{
    s.cells.forEach((c,i)=>{c.classList.toggle("own",i>=from&&i<own);c.classList.toggle("in",i>=own&&i<to)});
    for(const r of rows){r.classList.toggle("own",r===row);r.classList.toggle("in",row&&r!==row&&r.from<=from&&to<=r.to)}
    doc.textContent=row?row.dataset.doc:""};
  box.onmouseover=e=>{const at=e.target.dataset.at;if(at===undefined)return;
    const row=rows.find(r=>r.from<=at&&at<r.own);if(row){mark(row.from,row.own,row.to,row);row.scrollIntoView({block:"nearest"})}};
  s.querySelector(".tree").onmouseover=e=>{const r=e.target.closest("div[data-from]");if(r)mark(r.from,r.own,r.to,r)};
  s.querySelector(".both").onmouseleave=()=>mark(0,0,0,null)}
addEventListener("hashchange",show);
addEventListener("keydown",e=>{const d={ArrowDown:1,j:1,ArrowUp:-1,k:-1}[e.key];if(!d)return;
  const at=sections.findIndex(s=>s.classList.contains("on")),next=sections[at+d];if(next){e.preventDefault();location.hash=next.id}});
show();
</script></body></html>
"##;

impl Form for Html {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(HEAD.as_bytes())
    }

    fn message(&mut self, seen: &Seen<'_>, out: &mut dyn Write) -> io::Result<()> {
        let mut words = String::new();
        seen.words(&mut words);
        let way = if seen.way() == Direction::Sent { "sent" } else { "received" };
        let title = format!("{} {} {}", seen.number, super::arrow(seen.way()), seen.name());
        writeln!(
            out,
            "<section id=\"m{}\" data-way=\"{way}\" data-title=\"{}\" data-words=\"{}\"><h2>{}</h2><small>{}</small>",
            seen.number,
            text(&title),
            text(&words),
            text(&title),
            text(&tree::head(seen))
        )?;
        writeln!(out, "<p>{}", text(&words))?;
        match (seen.answers, seen.role) {
            (Some(asked), _) => writeln!(out, " (answers <a href=\"#m{0}\">{0}</a>)", asked.number)?,
            (None, Role::Event) => writeln!(out, " (an event, unasked)")?,
            _ => {}
        }
        if let Some(command) = seen.command() {
            writeln!(out, "<pre>$ {}</pre>", text(&command))?;
        }
        if let Some((rule, false)) = seen.nft() {
            writeln!(out, "<pre>{}</pre>", text(rule))?;
        }
        if let Some(error) = &seen.broken {
            writeln!(out, "<pre class=\"error\">{}</pre>", text(&error.to_string()))?;
        }
        if let Some(fault) = fault::fault(seen) {
            writeln!(out, "<pre class=\"error\">{}</pre>", text(&fault.lines().join("\n")))?;
        }
        write!(out, "<div class=\"both\"><div class=\"bytes\" data-hex=\"")?;
        for byte in seen.bytes {
            write!(out, "{byte:02x}")?;
        }
        writeln!(out, "\"></div><div class=\"tree\">")?;
        let mut result = Ok(());
        seen.rows(&mut |row| {
            let mut one = || -> io::Result<()> {
                let (folder, file) = row.defined_in();
                let doc = nlmsg::payload::prose(row.doc()).to_string();
                let defined = if file.is_empty() { String::new() } else { format!(" ({folder}{file})") };
                writeln!(
                    out,
                    "<div data-from=\"{}\" data-own=\"{}\" data-all=\"{}\" data-doc=\"{}\" style=\"padding-left:{}em\"><span>{}</span>  {}  <em>{}</em>{}</div>",
                    row.offset,
                    row.bytes.len(),
                    row.scope,
                    text(&format!("{}: {doc}{defined}", row.label)),
                    row.depth * 2 + 1,
                    text(&row.label.to_string()),
                    text(&value_of(&row)),
                    text(&type_of(&row)),
                    effect(seen, &row).map_or_else(String::new, |effect| format!("\n<q>{}</q>", text(&effect))),
                )
            };
            if result.is_ok() {
                result = one();
            }
        });
        result?;
        writeln!(out, "</div></div></section>")
    }

    fn note(&mut self, note: &Note<'_>, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "<p class=\"note\">{}</p>", text(note.text))
    }

    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(TAIL.as_bytes())
    }
}
