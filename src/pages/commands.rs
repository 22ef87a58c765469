//! How to pull a name: with docker, podman, compose, a Dockerfile and Kubernetes.

use maud::{Markup, html};

/// The commands that pull `image`, which is host and name. `app` names the service in the examples.
pub(super) fn pulled_by(image: &str, app: &str) -> Markup {
    let container = label(app);
    let forms = [
        ("docker", format!("docker pull {image}")),
        ("podman", format!("podman pull {image}")),
        ("compose", format!("services:\n  {app}:\n    image: {image}")),
        ("Dockerfile", format!("FROM {image}")),
        ("Kubernetes", format!("containers:\n  - name: {container}\n    image: {image}")),
    ];
    html! {
        dl.pull {
            @for (who, command) in &forms {
                dt { (who) }
                dd { pre data-for=(who) { code { (command) } } }
            }
        }
    }
}

/// The application of a slug, without its organization.
pub(super) fn app(slug: &str) -> &str {
    slug.split('/').next_back().unwrap_or_default()
}

// Kubernetes wants a DNS label (RFC 1123): no underscore, and no hyphen at either end.
fn label(app: &str) -> String {
    let text = app.replace(['_', '.'], "-");
    let text = text.get(..63).unwrap_or(&text).trim_matches('-');
    if text.is_empty() { "app".to_owned() } else { text.to_owned() }
}
