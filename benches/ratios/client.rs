//! An HTTP client that costs next to nothing: requests are written as bytes, and of an answer no more is
//! read than its status and its length.

use crate::Outcome;
use crate::load::Load;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub struct Connection {
    stream: TcpStream,
    key: String,
    answer: Vec<u8>,
}

impl Connection {
    pub async fn open(address: &str, key: &str) -> Outcome<Connection> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Connection { stream, key: key.to_owned(), answer: Vec::new() })
    }

    fn head(&self, media_type: &str, body: &str) -> String {
        format!(
            "POST /v1/records HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {}\r\n\
             Content-Type: {media_type}\r\n{body}\r\n\r\n",
            self.key
        )
    }

    pub async fn post_records(&mut self, media_type: &str, body: &[u8]) -> Outcome<()> {
        let mut request = self.head(media_type, &format!("Content-Length: {}", body.len())).into_bytes();
        request.extend_from_slice(body);
        self.stream.write_all(&request).await?;
        self.expect_stored().await
    }

    pub async fn get(&mut self, path: &str) -> Outcome<()> {
        let request = format!("GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n");
        self.stream.write_all(request.as_bytes()).await?;
        self.expect_stored().await
    }

    /// One body of so many bytes, made while it is sent.
    pub async fn post_stream(&mut self, bytes: usize, load: &mut Load) -> Outcome<()> {
        let head = self.head("application/x-ndjson", "Transfer-Encoding: chunked");
        self.stream.write_all(head.as_bytes()).await?;
        let mut sent = 0;
        while sent < bytes {
            let piece = load.ndjson(1_000);
            self.stream.write_all(format!("{:x}\r\n", piece.len()).as_bytes()).await?;
            self.stream.write_all(&piece).await?;
            self.stream.write_all(b"\r\n").await?;
            sent += piece.len();
        }
        self.stream.write_all(b"0\r\n\r\n").await?;
        self.expect_stored().await
    }

    /// Reads an answer, which must be 200.
    async fn expect_stored(&mut self) -> Outcome<()> {
        self.answer.clear();
        loop {
            if self.stream.read_buf(&mut self.answer).await? == 0 {
                return Err("the service closed the connection".into());
            }
            let Some(head) = self.answer.windows(4).position(|window| window == b"\r\n\r\n") else {
                continue;
            };
            let text = std::str::from_utf8(&self.answer[..head])?;
            let length = text
                .lines()
                .find_map(|line| {
                    line.to_ascii_lowercase().strip_prefix("content-length: ").map(str::to_owned)
                })
                .ok_or("an answer without a length")?;
            if self.answer.len() < head + 4 + length.parse::<usize>()? {
                continue;
            }
            if !text.starts_with("HTTP/1.1 200") {
                return Err(String::from_utf8_lossy(&self.answer).into_owned().into());
            }
            return Ok(());
        }
    }
}

/// Posts every body, one after the other on each connection; answers how long each took.
pub async fn post_all(clients: Vec<(Connection, Vec<Vec<u8>>)>) -> Outcome<Vec<Duration>> {
    let posts = clients.into_iter().map(|(connection, bodies)| async move {
        // A connection belongs to the runtime on which it was opened.
        let Connection { stream, key, answer } = connection;
        let stream = TcpStream::from_std(stream.into_std()?)?;
        let mut connection = Connection { stream, key, answer };
        let mut latencies = Vec::with_capacity(bodies.len());
        for body in &bodies {
            let started = Instant::now();
            connection.post_records("application/x-ndjson", body).await?;
            latencies.push(started.elapsed());
        }
        Outcome::Ok(latencies)
    });
    Ok(futures_util::future::try_join_all(posts).await?.into_iter().flatten().collect())
}
