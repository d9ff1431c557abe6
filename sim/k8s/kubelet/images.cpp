#include "sim/k8s/kubelet/images.h"

#include "engine/sync/timer.h"
#include "engine/task/print.h"

namespace sim::k8s::kubelet {
namespace {

using engine::Duration;
using engine::Instant;
using engine::Ref;
using engine::Task;

// `1.2s`, as messages have lengths: whole milliseconds.
std::string length_text(Duration length) {
  constexpr int64_t kMs = 1'000'000;
  return engine::duration_text(Duration{length.ns / kMs * kMs});
}

std::string pull_policy(const Value& spec) {
  const std::string_view said = spec["imagePullPolicy"].text();
  if (!said.empty()) return std::string(said);
  const std::string_view image = spec["image"].text();
  const size_t name = image.rfind('/') == std::string_view::npos ? 0 : image.rfind('/');
  const std::string_view last = image.substr(name);
  const bool latest = last.find(':') == std::string_view::npos || last.ends_with(":latest");
  return latest && last.find('@') == std::string_view::npos ? "Always" : "IfNotPresent";
}

// What a pull has come to, for whoever still wants to know.
struct Pull : engine::Counted<Pull> {
  container::Pulled pulled;
  bool is_done = false;
};

// A pod that is to end waits for no image; the pull goes on.
Task<Ref<Pull>> pull_for(Ref<Kubelet> kubelet, Ref<PodWorker> worker, std::string image) {
  const Ref<Pull> pull(new Pull);
  engine::go([kubelet, worker, image, pull]() -> Task<> {
    pull->pulled = co_await kubelet->runtime.pull(image);
    pull->is_done = true;
    worker->progress.advance();
  }).set_name("pull");
  while (!pull->is_done && !must_end(*worker)) {
    const uint64_t seen = worker->progress.count();
    co_await worker->progress.wait(seen);
  }
  co_return pull;
}

}  // namespace

Task<ImageResult> ensure_image(Ref<Kubelet> kubelet, Ref<PodWorker> worker, ContainerSpec what) {
  ImageResult out;
  const std::string image(what.spec["image"].text());
  const std::string name = what.name();
  const Value pod = worker->pod;
  const auto say = [&](std::string_view type, std::string_view reason, std::string message) {
    PodEvent event{type, reason, std::move(message), name, what.is_init};
    tell(*kubelet, pod, event);
  };
  const std::string policy = pull_policy(what.spec);
  const container::FoundImage found = kubelet->runtime.images().find(image);
  if (!found.error && policy != "Always") {
    say("Normal", "Pulled", "Container image \"" + image + "\" already present on machine");
    out.image = found.image;
    co_return out;
  }
  if (policy == "Never") {
    out.reason = "ErrImageNeverPull";
    out.message = "Container image \"" + image + "\" is not present with pull policy of Never";
    say("Warning", "ErrImageNeverPull", out.message);
    say("Warning", "Failed", "Error: ErrImageNeverPull");
    out.retry_at = engine::now() + Backoff::kFirst;
    co_return out;
  }
  const std::string key = backoff_key(pod, image);
  const Instant begun = engine::now();
  const Instant allowed = kubelet->image_backoff.until_since_next(key, begun);
  const ContainerFacts before = worker->facts.containers[name];
  if (allowed > begun) {
    out.reason = "ImagePullBackOff";
    out.message = before.waiting_message;
    if (before.waiting_reason != "ImagePullBackOff") {
      out.message = "Back-off pulling image \"" + image + "\"";
      say("Normal", "BackOff", out.message);
      say("Warning", "Failed", "Error: ImagePullBackOff");
      if (before.waiting_reason == "ErrImagePull") {
        out.message += ": ErrImagePull: " + before.waiting_message;
      }
    }
    out.retry_at = allowed;
    co_return out;
  }
  say("Normal", "Pulling", "Pulling image \"" + image + "\"");
  const Ref<Pull> pull = co_await pull_for(kubelet, worker, image);
  if (!pull->is_done) {
    out.reason = before.waiting_reason;
    out.message = before.waiting_message;
    co_return out;
  }
  const container::Pulled& pulled = pull->pulled;
  if (pulled.error) {
    kubelet->image_backoff.next(key, engine::now(), engine::now());
    out.reason = "ErrImagePull";
    out.message = pulled.error.message();
    say("Warning", "Failed", "Failed to pull image \"" + image + "\": " + out.message);
    say("Warning", "Failed", "Error: ErrImagePull");
    out.retry_at = engine::now() + engine::kSecond;
    co_return out;
  }
  kubelet->image_backoff.forget(key);
  const std::string took = length_text(engine::now() - begun);
  std::string message = "Successfully pulled image \"" + image + "\" in " + took + " (" + took +
                        " including waiting). Image size: ";
  engine::append_operand(message, pulled.image->size_bytes());
  message += " bytes.";
  say("Normal", "Pulled", std::move(message));
  out.image = pulled.image;
  co_return out;
}

}  // namespace sim::k8s::kubelet
