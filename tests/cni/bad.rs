//! What cannot work, `bad.txt`: the right number, a message that says where, and nothing is changed.

use std::fmt::Write as _;

use serde_json::Value;

use super::twin::{self, Program, Scratch};
use super::{able, plugins};

/// A line of the data.
#[derive(Debug)]
struct Case {
    line: usize,
    code: u64,
    plan: String,
    says: Vec<String>,
}

fn cases(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for (line, text) in (1..).zip(text.lines()).filter(|(_, text)| !text.is_empty() && !text.starts_with('#')) {
        if let Some(says) = text.strip_prefix("says: ") {
            cases.last_mut().expect("a line before").says.push(says.into());
            continue;
        }
        let (head, config) = text.split_once(" : ").unwrap_or((text.trim_end_matches(" :"), ""));
        let [code, plugin, verb] = std::array::from_fn(|i| head.split(' ').nth(i).expect("a code, a plugin, a verb"));
        let variables = head.splitn(4, ' ').nth(3).unwrap_or_default();
        let config = config.replace('@', r#""cniVersion":"1.0.0","name":"n","type":"bridge""#);
        let plan = format!("{plugin}\t{verb}\t{}\t{config}", if variables.is_empty() { "CNI_ARGS=" } else { variables });
        cases.push(Case { line, code: code.parse().expect("a code"), plan, says: Vec::new() });
    }
    cases
}

#[test]
fn bad_input() {
    if !able("CNI plugins with bad input") {
        return;
    }
    let scratch = Scratch::new();
    let (cni, plan) = (plugins(&scratch), scratch.0.join("plan"));
    let cases = cases(include_str!("bad.txt"));
    assert!(cases.len() >= 50);
    std::fs::write(&plan, cases.iter().map(|case| format!("{}\n", case.plan)).collect::<String>()).expect("a plan");
    let args = [&*cni.to_string_lossy(), &*plan.to_string_lossy()];
    let Some(output) = twin::in_namespaces(include_str!("bad.sh"), &cni, &args) else { return };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let results: Vec<&str> = text.split("@ ").skip(1).collect();
    assert_eq!(results.len(), cases.len(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let mut wrong = String::new();
    for (case, result) in cases.iter().zip(results) {
        let (status, rest) = result.split_once('\n').unwrap_or((result, ""));
        let (json, changed) = rest.split_once("changed: ").unwrap_or((rest, ""));
        let error: Value = serde_json::from_str(json).unwrap_or_default();
        let mut say = |what: &str| _ = writeln!(wrong, "bad.txt:{}: {}\n  {what}: {}", case.line, case.plan, json.trim());
        if status != "1" {
            say(&format!("exit status {status}"));
        }
        if !changed.is_empty() {
            say(&format!("changed something: {changed}"));
        }
        if Program::subject().is_original() {
            continue;
        }
        if error["code"].as_u64() != Some(case.code) || error["msg"].as_str().is_none_or(str::is_empty) {
            say(&format!("the code is not {}", case.code));
        }
        for says in case.says.iter().filter(|says| !json.replace("\\\"", "\"").contains(says.as_str())) {
            say(&format!("it does not say {says}"));
        }
    }
    twin::say(&format!("tests/cni/bad.txt: {} cases", cases.len()));
    assert!(wrong.is_empty(), "\n{wrong}");
}
