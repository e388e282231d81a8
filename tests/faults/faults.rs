//! The kinds of fault, and how each is done.

use crate::client::Progress;
use crate::shim::Refusal;
use crate::world::World;
use rand::RngExt;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use std::time::{Duration, Instant};
use tokio::sync::watch;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// SIGKILL for the service.
    ServiceKilled,
    /// Two instances on one database; one is killed, or both.
    OneOfTwoKilled,
    /// SIGKILL for the postmaster.
    PostgresKilled,
    /// `pg_ctl stop -m immediate`.
    PostgresStopped,
    /// The data directory takes no more bytes.
    DiskFull,
    /// Every fsync takes long, and during that something may be killed.
    CommitsDelayed,
    /// Clients break off in the middle of a request.
    ConnectionsCut,
    /// Service and Postgres are killed together, as when the machine goes down.
    AllKilled,
}

impl Kind {
    pub const ALL: &'static [Kind] = &[
        Kind::ServiceKilled,
        Kind::OneOfTwoKilled,
        Kind::PostgresKilled,
        Kind::PostgresStopped,
        Kind::DiskFull,
        Kind::CommitsDelayed,
        Kind::ConnectionsCut,
        Kind::AllKilled,
    ];

    pub fn instances(self, random: &mut ChaCha8Rng) -> usize {
        match self {
            Kind::ServiceKilled => 1,
            Kind::OneOfTwoKilled => 2,
            _ => *[1, 1, 2].choose(random).unwrap(),
        }
    }

    /// One try in how many is cut by its client; 0 for none.
    pub fn one_cut_in(self, random: &mut ChaCha8Rng) -> usize {
        match self {
            Kind::ConnectionsCut => 2,
            _ => *[0, 0, 12].choose(random).unwrap(),
        }
    }
}

/// What happens to a round's load, and when.
pub struct Director<'a> {
    pub world: &'a mut World,
    pub kind: Kind,
    /// Requests of all lanes.
    pub requests: usize,
    pub progress: watch::Receiver<Progress>,
    pub random: ChaCha8Rng,
}

impl Director<'_> {
    /// Strikes one to three times while the load runs. Answers how long each time, after everything had
    /// been put right, the next answer took.
    pub async fn run(&mut self) -> Vec<Duration> {
        let strikes = match self.kind {
            Kind::ConnectionsCut => 0,
            _ => *[1, 1, 1, 2, 3].choose(&mut self.random).unwrap(),
        };
        let mut moments: Vec<usize> =
            (0..strikes).map(|_| self.random.random_range(1..self.requests * 6 / 10)).collect();
        moments.sort_unstable();
        let mut recoveries = Vec::new();
        for moment in moments {
            self.wait(|progress| progress.settled >= moment).await;
            self.strike().await;
            let (healed, answered) = (Instant::now(), self.progress.borrow().answered);
            self.wait(|progress| progress.answered > answered).await;
            if self.progress.borrow().answered > answered {
                recoveries.push(healed.elapsed());
            }
        }
        recoveries
    }

    /// Waits until the load has come so far, or is over.
    async fn wait(&mut self, is_reached: impl Fn(&Progress) -> bool) {
        let all = self.requests;
        let reached = self.progress.wait_for(|progress| progress.settled >= all || is_reached(progress));
        drop(reached.await.expect("the round holds the sender"));
    }

    /// Waits until a fault was felt so often, or seems not to be felt.
    async fn wait_until_felt(&mut self, tries: usize) {
        let before = *self.progress.borrow();
        let unharmed = before.answered + self.requests / 10;
        self.wait(|progress| progress.failed >= before.failed + tries || progress.answered >= unharmed).await;
    }

    async fn strike(&mut self) {
        let felt = self.random.random_range(0..=4);
        match self.kind {
            Kind::ServiceKilled => self.kill_service(felt).await,
            Kind::OneOfTwoKilled => {
                if self.random.random_range(0..3) == 0 {
                    self.world.kill_services().await;
                    self.wait_until_felt(felt).await;
                    self.world.start_services(2).await;
                } else {
                    self.kill_service(felt).await;
                }
            }
            Kind::PostgresKilled => {
                self.world.server.kill().await;
                self.wait_until_felt(felt).await;
                self.world.server.heal().await;
            }
            Kind::PostgresStopped => {
                self.world.server.stop_immediately().await;
                self.wait_until_felt(felt).await;
                self.world.server.heal().await;
            }
            Kind::DiskFull => self.fill_disk(felt + 1).await,
            Kind::CommitsDelayed => self.delay_commits(felt).await,
            Kind::ConnectionsCut => {}
            Kind::AllKilled => {
                let instances = self.world.services.len();
                if self.random.random_range(0..2) == 0 {
                    self.world.kill_services().await;
                    self.world.server.kill().await;
                } else {
                    self.world.server.kill().await;
                    self.world.kill_services().await;
                }
                self.wait_until_felt(felt).await;
                self.world.server.heal().await;
                self.world.start_services(instances).await;
            }
        }
    }

    async fn kill_service(&mut self, felt: usize) {
        let instances = self.world.services.len();
        let victim = self.random.random_range(0..instances);
        self.world.services.remove(victim).kill().await;
        self.wait_until_felt(felt).await;
        self.world.start_services(instances).await;
    }

    async fn fill_disk(&mut self, felt: usize) {
        let refusal = *[Refusal::Growth, Refusal::Writes].choose(&mut self.random).unwrap();
        let bytes_left = match self.random.random_range(0..3) {
            0 => 0,
            1 => self.random.random_range(1..64 * 1024),
            _ => self.random.random_range(1..1024 * 1024),
        };
        let failed = self.progress.borrow().failed;
        self.world.server.shim.fill_disk(refusal, bytes_left);
        self.wait_until_felt(felt).await;
        if self.progress.borrow().failed == failed {
            // There was still room in what Postgres had taken before; now there is none at all.
            self.world.server.shim.fill_disk(Refusal::Writes, 0);
            self.wait(|progress| progress.failed > failed).await;
        }
        self.world.server.heal().await;
    }

    async fn delay_commits(&mut self, felt: usize) {
        self.world.server.shim.delay_syncs(self.random.random_range(10..150));
        let answered = self.progress.borrow().answered + self.random.random_range(1..=self.requests / 10);
        self.wait(|progress| progress.answered >= answered).await;
        match self.random.random_range(0..4) {
            0 => {}
            1 => self.kill_service(felt).await,
            2 => self.world.server.kill().await,
            _ => self.world.server.stop_immediately().await,
        }
        self.world.server.heal().await;
    }
}
