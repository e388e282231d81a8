use clap::Args;
#[derive(Args, Debug)]
pub struct DemoArgs {}
pub async fn run(_: &crate::config::DatabaseArgs, _: &DemoArgs) -> anyhow::Result<std::process::ExitCode> {
    anyhow::bail!("x")
}
