//! The completion scripts in `completions/` are what the binary prints.

use std::path::Path;
use std::process::Command;

const SCRIPTS: [(&str, &str); 5] = [
    ("bash", "agentobs.bash"),
    ("zsh", "_agentobs"),
    ("fish", "agentobs.fish"),
    ("powershell", "agentobs.ps1"),
    ("elvish", "agentobs.elv"),
];

#[test]
fn completions_are_fresh() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("completions");
    let update = std::env::var_os("AGENTOBS_UPDATE").is_some();
    for (shell, file) in SCRIPTS {
        let output = Command::new(env!("CARGO_BIN_EXE_agentobs"))
            .args(["completions", shell])
            .output()
            .unwrap();
        assert!(output.status.success(), "{shell}: {output:?}");
        let path = folder.join(file);
        if update {
            std::fs::write(&path, &output.stdout).unwrap();
        }
        let kept = std::fs::read(&path).unwrap_or_default();
        assert!(
            kept == output.stdout,
            "completions/{file} is not what `agentobs completions {shell}` prints; renew all with\n  \
             AGENTOBS_UPDATE=1 cargo test --test it completions"
        );
    }
}

#[test]
fn manual_pages_are_written() {
    let folder = std::env::temp_dir().join(format!("agentobs-man-{}", std::process::id()));
    let status =
        Command::new(env!("CARGO_BIN_EXE_agentobs")).arg("man").arg(&folder).status().unwrap();
    let page = std::fs::read_to_string(folder.join("agentobs.1"));
    let _ = std::fs::remove_dir_all(&folder);
    assert!(status.success());
    assert!(page.unwrap().contains("agentobs"));
}
