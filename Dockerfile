# The program alone: `docker run --rm --network host -v "$PWD:/work" voiden run .`
FROM rust:1-alpine AS build
RUN apk add --no-cache musl-dev
WORKDIR /source
COPY . .
RUN cargo build --release --locked --bin voiden

FROM scratch
COPY --from=build /source/target/release/voiden /voiden
COPY LICENSE-MIT LICENSE-APACHE /
WORKDIR /work
# Documents that are written into belong to another user: `--user "$(id -u):$(id -g)"`.
USER 65532:65532
ENTRYPOINT ["/voiden"]
