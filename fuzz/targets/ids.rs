//! Any text as the id of a workspace or of what Sentinel keeps there: what is read prints to an id that reads the same,
//! whatever its case, and never leads out of the path it is put into.
#![no_main]

use defender_fuzz::Feed;
use libfuzzer_sys::fuzz_target;
use terraform_provider_defender::arm::{Collection, ResourceId, WorkspaceId};

const COLLECTIONS: [Collection; 4] =
    [Collection::DataConnectors, Collection::AlertRules, Collection::AlertRuleTemplates, Collection::OnboardingStates];

fuzz_target!(|bytes: &[u8]| {
    let mut feed = Feed::new(bytes);
    let mut text = match feed.byte() % 3 {
        0 => String::new(),
        1 => feed.text(),
        _ => "/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/".to_owned(),
    };
    let length = feed.below(80);
    text.push_str(&String::from_utf8_lossy(feed.bytes(length)));
    if feed.byte().is_multiple_of(2) {
        text.push_str("/providers/Microsoft.OperationalInsights/workspaces/");
    }
    text.push_str(&String::from_utf8_lossy(feed.rest()));
    match WorkspaceId::parse(&text) {
        Ok(id) => {
            let printed = id.to_string();
            assert!(printed.eq_ignore_ascii_case(&text), "{text:?} became {printed:?}");
            assert_eq!(WorkspaceId::parse(&printed).as_ref(), Ok(&id));
            assert_eq!(printed.split('/').count(), 9, "{printed:?}");
            let path = url::Url::parse("https://host").and_then(|base| base.join(&printed)).expect("a path");
            assert_eq!(path.path_segments().map(Iterator::count), Some(8), "{printed:?} leads to {path}");
        }
        Err(error) => drop(error.to_string()),
    }
    for collection in COLLECTIONS {
        let Ok(id) = ResourceId::parse(&text, collection) else { continue };
        let printed = id.to_string();
        assert!(printed.eq_ignore_ascii_case(&text), "{text:?} became {printed:?}");
        assert_eq!(ResourceId::parse(&printed, collection).as_ref(), Ok(&id));
        assert_eq!(printed.split('/').count(), 13, "{printed:?}");
    }
});
