# The hub alone on an empty image: one static binary, no shell, no root.
FROM --platform=$BUILDPLATFORM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG TARGETOS TARGETARCH
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH \
    go build -trimpath -buildvcs=false -ldflags='-s -w' -o /agenthub ./cmd/agenthub

FROM scratch
# To fetch signing keys from a --jwks-url.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /agenthub /agenthub
USER 65532:65532
# Inside a container loopback would reach nobody. Which port of the host leads here is the operator's choice.
ENV AGENTHUB_LISTEN=0.0.0.0:8080
EXPOSE 8080
ENTRYPOINT ["/agenthub"]
CMD ["serve"]
