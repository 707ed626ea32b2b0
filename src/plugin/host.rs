//! The side services that a plugin host expects of any plugin.

use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use futures_util::stream::{self, BoxStream, StreamExt};
use tonic::{Request, Response, Status, Streaming};

use super::lifetime::{End, Lifetime};
use super::proto::host::grpc_broker_server::GrpcBroker;
use super::proto::host::grpc_controller_server::GrpcController;
use super::proto::host::grpc_stdio_server::GrpcStdio;
use super::proto::host::{ConnInfo, Empty, StdioData};

/// Answers for the process as a whole.
#[derive(Clone)]
pub struct Host(pub Arc<Lifetime>);

#[tonic::async_trait]
impl GrpcController for Host {
    async fn shutdown(&self, _request: Request<Empty>) -> Result<Response<Empty>, Status> {
        // The server ends gracefully, so this answer still goes out.
        self.0.host_left(End::Shutdown);
        Ok(Response::new(Empty {}))
    }
}

#[tonic::async_trait]
impl GrpcStdio for Host {
    type StreamStdioStream = BoxStream<'static, Result<StdioData, Status>>;

    /// Sends nothing, for nothing is printed. The host holds this stream for its whole life: when it drops, so has
    /// the host, even if it was killed.
    async fn stream_stdio(&self, _request: Request<()>) -> Result<Response<Self::StreamStdioStream>, Status> {
        let held = Held(self.0.clone());
        let mut ended: Pin<Box<_>> = Box::pin(self.0.ended());
        let silence = stream::poll_fn(move |context| {
            let _ = &held;
            match ended.as_mut().poll(context) {
                Poll::Ready(()) => Poll::Ready(None),
                Poll::Pending => Poll::Pending,
            }
        });
        Ok(Response::new(silence.boxed()))
    }
}

/// Tells of its drop.
struct Held(Arc<Lifetime>);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.host_left(End::HostGone);
    }
}

#[tonic::async_trait]
impl GrpcBroker for Host {
    type StartStreamStream = BoxStream<'static, Result<ConnInfo, Status>>;

    /// No further connections are offered; the stream stays open, as the host expects.
    async fn start_stream(
        &self,
        request: Request<Streaming<ConnInfo>>,
    ) -> Result<Response<Self::StartStreamStream>, Status> {
        let asked = request.into_inner().filter_map(|_| async { None });
        Ok(Response::new(asked.take_until(self.0.ended()).boxed()))
    }
}
