# The builder and the runtime stand on the same Debian, so that the binary finds the libc it was
# linked with.
FROM rust:1.95-bookworm AS builder
WORKDIR /build
COPY . .
# The queries are checked against .sqlx: no database is there during the build. The cache mounts keep
# compiled dependencies between builds, but are not part of the image, hence the copy.
ENV SQLX_OFFLINE=true
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/build/target \
    cargo build --release --locked && \
    cp target/release/taskwatt /usr/local/bin/taskwatt

FROM debian:bookworm-slim
RUN apt-get update && \
    apt-get install -y --no-install-recommends ca-certificates && \
    rm -rf /var/lib/apt/lists/*
# By number, so that an orchestrator can tell that it is not root.
USER 10001:10001
COPY --from=builder /usr/local/bin/taskwatt /usr/local/bin/taskwatt
# The service listens on 127.0.0.1 by default, which nobody outside the container can reach.
ENV TASKWATT_BIND=0.0.0.0:8080
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["taskwatt", "healthcheck"]
ENTRYPOINT ["taskwatt"]
CMD ["serve"]
