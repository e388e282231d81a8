//! What a killed service leaves in the temporary folder.

use super::stage::{Service, Stage};
use super::{acme, location};
use crate::disclosures::october;
use crate::support::{TestApp, database_url_of, make_schema, open_schema};

/// SIGKILL leaves the directory in which files are made; whoever starts next removes it, but not before.
#[tokio::test(flavor = "multi_thread")]
async fn the_directory_of_a_killed_service_is_removed_at_the_next_start_and_that_of_a_running_one_stays() {
    let stage = Stage::new();
    let tmp = stage.path("tmp");
    std::fs::create_dir(&tmp).unwrap();
    let schema = make_schema().await;
    let app = TestApp::serve(open_schema(&schema).await).await;
    let provider = acme(&app).await;
    provider.build(&october()).await;
    app.worker.abort();
    let database = database_url_of(&schema);
    let first = Service::start_in(&database, Some(stage.program()), &tmp).await;
    let url = format!("http://{}/v1/disclosures/1/versions/1/publish", first.address);
    let request = app.http.post(url).bearer_auth(&provider.secret).header("prefer", "respond-async");
    location(request.send().await.unwrap());
    let actor = stage.actor().await;
    let rooms = || {
        let names = std::fs::read_dir(&tmp).unwrap().map(|entry| entry.unwrap().file_name());
        names.filter(|name| name.to_string_lossy().starts_with("taskwatt-render-")).count()
    };
    assert_eq!(rooms(), 1);
    let second = Service::start_in(&database, None, &tmp).await;
    assert_eq!(rooms(), 1, "the first service is at it");
    first.kill().await;
    actor.kill();
    assert_eq!(rooms(), 1, "nobody could remove it");
    let third = Service::start_in(&database, None, &tmp).await;
    assert_eq!(rooms(), 0);
    second.stop().await;
    third.stop().await;
}
