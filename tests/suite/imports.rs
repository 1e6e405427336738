//! What each source file imports, found in its text: `use` declarations and paths, through re-exports to the file that
//! declares what is meant.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// A module's path within the crate; the crate itself is empty.
pub(crate) type Module = Vec<String>;

/// The code of all source files up to their tests, without comments, by the module that each is.
pub(crate) fn sources(root: &Path) -> BTreeMap<Module, String> {
    let src = root.join("src");
    let mut found = BTreeMap::new();
    let mut folders = vec![src.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap();
            if matches!(stem, "tests" | "examples" | "laws") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let inside = path.strip_prefix(&src).unwrap().with_extension("");
                let mut module: Module = inside
                    .iter()
                    .map(|part| part.to_str().unwrap().to_owned())
                    .collect();
                match module.last().map(String::as_str) {
                    Some("mod") => drop(module.pop()),
                    Some("lib") if module.len() == 1 => module.clear(),
                    _ => {}
                }
                let text = fs::read_to_string(&path).unwrap();
                let code = text.split("\n#[cfg(test)]\nmod tests").next().unwrap();
                let code = code
                    .lines()
                    .filter(|line| !line.trim_start().starts_with("//"))
                    .flat_map(|line| [line, "\n"])
                    .collect();
                found.insert(module, code);
            }
        }
    }
    found
}

/// Which modules each module imports.
pub(crate) fn imports(sources: &BTreeMap<Module, String>) -> BTreeMap<Module, BTreeSet<Module>> {
    let reexports: BTreeMap<&Module, BTreeMap<String, Module>> = sources
        .iter()
        .map(|(module, source)| (module, reexported(module, source, sources)))
        .collect();
    let resolve = |mut path: Module| -> Option<Module> {
        // Each turn follows one re-export; a chain of more would be one of itself.
        for _ in 0..8 {
            let length = (0..=path.len())
                .rev()
                .find(|length| sources.contains_key(&path[..*length].to_vec()))?;
            let module = path[..length].to_vec();
            let target = path
                .get(length)
                .and_then(|name| reexports[&module].get(name));
            match target {
                Some(target) => path = [target.as_slice(), &path[length + 1..]].concat(),
                None => return Some(module),
            }
        }
        None
    };
    let mut imports = BTreeMap::new();
    for (module, source) in sources {
        let (uses, rest) = declarations(source);
        let declared = uses
            .iter()
            .filter(|(public, _)| !public)
            .flat_map(|(_, tree)| flattened(tree));
        let found: BTreeSet<Module> = declared
            .chain(written_out(&rest))
            .filter_map(|path| absolute(module, &path))
            .filter_map(resolve)
            .filter(|imported| imported != module)
            .collect();
        imports.insert(module.clone(), found);
    }
    imports
}

/// Modules that import one another, directly or by way of others: each group once.
pub(crate) fn circles(imports: &BTreeMap<Module, BTreeSet<Module>>) -> Vec<Vec<Module>> {
    let reached = |from: &Module| {
        let mut reached = BTreeSet::new();
        let mut next: Vec<&Module> = imports[from].iter().collect();
        while let Some(module) = next.pop() {
            if reached.insert(module) {
                next.extend(&imports[module]);
            }
        }
        reached
    };
    let reached: BTreeMap<&Module, BTreeSet<&Module>> = imports
        .keys()
        .map(|module| (module, reached(module)))
        .collect();
    let circle = |module: &&Module| -> Vec<Module> {
        imports
            .keys()
            .filter(|other| reached[module].contains(other) && reached[other].contains(module))
            .cloned()
            .collect()
    };
    let circles: BTreeSet<Vec<Module>> = imports
        .keys()
        .map(|module| circle(&module))
        .filter(|circle| !circle.is_empty())
        .collect();
    circles.into_iter().collect()
}

/// The `use` declarations of a file, whether each is a re-export, and the code without them.
fn declarations(code: &str) -> (Vec<(bool, String)>, String) {
    let (mut uses, mut rest) = (Vec::new(), String::new());
    let mut lines = code.lines();
    while let Some(line) = lines.next() {
        let start = line.trim_start();
        let public = start.starts_with("pub");
        let visible = start.split_once("use ").filter(|(before, _)| {
            before.is_empty() || before.starts_with("pub") && !before.contains(['=', '{', ';'])
        });
        let Some((_, tree)) = visible else {
            rest.push_str(line);
            rest.push('\n');
            continue;
        };
        let mut tree = tree.to_owned();
        while !tree.contains(';') {
            tree.push_str(lines.next().unwrap());
        }
        uses.push((public, tree.split(';').next().unwrap().to_owned()));
    }
    (uses, rest)
}

/// `a::{b, c::d}` as `a::b` and `a::c::d`.
fn flattened(tree: &str) -> Vec<Module> {
    let segments = |text: &str| -> Module {
        text.split("::")
            .map(|part| part.split(" as ").next().unwrap().trim().to_owned())
            .filter(|part| !part.is_empty())
            .collect()
    };
    let Some((head, body)) = tree.split_once('{') else {
        return vec![segments(tree)];
    };
    let head = segments(head);
    let body = body.rsplit_once('}').map_or(body, |(inside, _)| inside);
    let mut depth = 0_usize;
    let parts = body.split(|part| {
        match part {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        part == ',' && depth == 0
    });
    parts
        .filter(|part| !part.trim().is_empty())
        .flat_map(flattened)
        .map(|path| [head.clone(), path].concat())
        .collect()
}

/// Paths that start at the crate or near it, where they stand in code.
fn written_out(code: &str) -> Vec<Module> {
    let pattern = regex::Regex::new(r"\b(?:crate|super|self)(?:::[A-Za-z_]\w*)+").unwrap();
    pattern
        .find_iter(code)
        .map(|found| found.as_str().split("::").map(str::to_owned).collect())
        .collect()
}

/// A path from the crate's root; `None` for one of another crate.
fn absolute(module: &Module, path: &[String]) -> Option<Module> {
    let (first, mut rest) = path.split_first()?;
    let mut start = match first.as_str() {
        "crate" => Module::new(),
        "self" => module.clone(),
        "super" => module[..module.len().checked_sub(1)?].to_vec(),
        _ => return None,
    };
    while let Some((first, further)) = rest.split_first()
        && first == "super"
    {
        start.pop()?;
        rest = further;
    }
    Some([start.as_slice(), rest].concat())
}

/// The names that a module gives on, and what each stands for.
fn reexported(
    module: &Module,
    code: &str,
    sources: &BTreeMap<Module, String>,
) -> BTreeMap<String, Module> {
    let (uses, _) = declarations(code);
    let public = uses.iter().filter(|(public, _)| *public);
    public
        .flat_map(|(_, tree)| flattened(tree))
        .filter_map(|path| {
            let target = absolute(module, &path).or_else(|| {
                // A module's own child, named without `self`.
                let child = [module.as_slice(), &path[..1]].concat();
                let path = [module.as_slice(), &path].concat();
                sources.contains_key(&child).then_some(path)
            })?;
            Some((target.last()?.clone(), target))
        })
        .collect()
}
