#include "sim/k8s/client/leader_election.h"

#include "engine/sync/timer.h"
#include "engine/task/go.h"
#include "engine/task/print.h"
#include "sim/k8s/api/time.h"
#include "sim/node/clock.h"

namespace sim::k8s {
namespace {

using engine::Context;
using engine::Task;

class Elector {
 public:
  Elector(RestClient client, LeaderElectionOptions options)
      : client_(std::move(client)), options_(std::move(options)) {}

  [[nodiscard]] const LeaderElectionOptions& options() const { return options_; }

  // Whether it holds the lease now. One request or two.
  Task<bool> try_once(Context context) {
    const ObjectResult got = co_await client_.get(context, kLeases, options_.space, options_.name);
    if (is_not_found(got.error)) {
      Value lease = new_object(kLeases.object_kind(), options_.space, options_.name);
      lease = lease.with("spec", record({}));
      const ObjectResult made = co_await client_.create(context, kLeases, options_.space, lease);
      if (!made.error) observe(made.object);
      co_return !made.error;
    }
    if (got.error) co_return false;
    if (got.object["spec"] != seen_["spec"]) observe(got.object);
    const Value& spec = got.object["spec"];
    const std::string_view holder = spec["holderIdentity"].text();
    const bool is_mine = holder == options_.identity;
    const bool is_held = !holder.empty() && seen_at_ + options_.lease > engine::now();
    if (!is_mine && is_held) co_return false;
    const Value taken = got.object.with("spec", record(spec));
    const ObjectResult written = co_await client_.update(context, kLeases, taken);
    if (written.error) co_return false;
    observe(written.object);
    co_return true;
  }

  // So that the next one need not wait.
  Task<> release(Context context) {
    if (seen_["spec"]["holderIdentity"].text() != options_.identity) co_return;
    const Value spec = seen_["spec"].with("holderIdentity", "").with("leaseDurationSeconds", 1);
    const Value freed = seen_.with("spec", spec);
    static_cast<void>(co_await client_.update(context, kLeases, freed));
  }

 private:
  void observe(const Value& lease) {
    seen_ = lease;
    seen_at_ = engine::now();
  }
  [[nodiscard]] Value record(const Value& before) const {
    const std::string now = micro_time_text(node::unix_nano());
    const bool is_mine = before["holderIdentity"].text() == options_.identity;
    const int64_t transitions = before["leaseTransitions"].integer();
    const bool is_new = !before.contains("holderIdentity");
    return json::Object()
        .set("holderIdentity", options_.identity)
        .set("leaseDurationSeconds", options_.lease.ns / engine::kSecond.ns)
        .set("acquireTime", is_mine ? before["acquireTime"] : Value(now))
        .set("renewTime", now)
        .set("leaseTransitions", is_mine || is_new ? transitions : transitions + 1)
        .build();
  }

  RestClient client_;
  LeaderElectionOptions options_;
  Value seen_;
  engine::Instant seen_at_;
};

// A retry takes up to 2.2 times as long.
engine::Duration with_jitter(engine::Duration length) {
  constexpr uint32_t kParts = 1200;
  constexpr int64_t kWhole = 1000;
  const uint32_t drawn =
      engine::choose(engine::ChoiceKind::kProgram, engine::current_goroutine().key(), kParts);
  return length + length / kWhole * drawn;
}

}  // namespace

Task<> lead(RestClient client, LeaderElectionOptions options, Context context,
            std::function<Task<>(Context)> work) {
  Elector elector(std::move(client), std::move(options));
  const LeaderElectionOptions& rules = elector.options();
  while (!co_await elector.try_once(context)) {
    if (context.err()) co_return;
    co_await engine::sleep_for(with_jitter(rules.retry));
  }
  const engine::Cancelable leading = engine::with_cancel(context, "leading");
  engine::go([work = std::move(work), inner = leading.context]() -> Task<> {
    co_await work(inner);
  }).set_name("leader");
  engine::Instant renewed = engine::now();
  while (!context.err() && engine::now() - renewed < rules.renew_deadline) {
    co_await engine::sleep_for(rules.retry);
    const engine::Duration left = rules.renew_deadline - (engine::now() - renewed);
    const engine::Cancelable limited = engine::with_timeout(context, left);
    const bool ok = co_await elector.try_once(limited.context);
    limited.cancel();
    if (ok) renewed = engine::now();
  }
  leading.cancel();
  if (context.err()) co_await elector.release(engine::background());
}

}  // namespace sim::k8s
