// Counting, watching and the weather.

#include "tests/k8s/explore/programs.h"

#include "engine/sync/context.h"
#include "engine/sync/timer.h"
#include "engine/task/go.h"
#include "sim/k8s/check/cluster_check.h"
#include "sim/net/cluster.h"
#include "tests/k8s/explore/client.h"

namespace explore {

using namespace engine;
using namespace sim::k8s;

namespace {

Task<> count_once(RestClient client, bool blind, Tally* tally) {
  const Context context = background();
  const ObjectResult got = co_await client.get(context, kConfigMaps, "default", "counter");
  if (got.error) co_return;
  const int64_t n = number_of(got.object["data"]["n"].text());
  std::string next;
  append_operand(next, n + 1);
  Value changed = got.object.with_in({"data", "n"}, next);
  // Long enough for somebody else.
  const uint32_t pause = choose(ChoiceKind::kProgram, current_goroutine().key(), 1500);
  co_await sleep_for(kMillisecond * pause);
  if (blind) changed = with_meta(changed, "resourceVersion", {});
  const ObjectResult put = co_await client.update(context, kConfigMaps, changed);
  if (!put.error) {
    ++tally->raised;
  } else if (!is_conflict(put.error) && !is_not_found(put.error)) {
    ++tally->unknown;
  }
}

struct Follower {
  RestClient client = api_client();
  size_t number = 0;
  int64_t loses = 0;  // one event of so many
  int64_t events = 0;
  ListOptions options;
  std::string version;
};

Task<bool> follow_list(Follower* self, Context context) {
  ListOptions options = self->options;
  const ListResult listed = co_await self->client.list(context, kPods, "", options);
  if (listed.error) co_return false;
  self->version = listed.resource_version;
  check::this_check().watches().listed(self->number, number_of(listed.resource_version),
                                       listed.items);
  co_return true;
}

// Gives whether a list is needed before the next watch.
Task<bool> follow_watch(Follower* self, Context context) {
  constexpr int64_t kSeconds = 40;
  ListOptions options = self->options;
  options.resource_version = self->version;
  options.allow_watch_bookmarks = true;
  options.timeout_seconds = kSeconds;
  const WatchResult began = co_await self->client.watch(context, kPods, "", options);
  if (began.error) co_return is_expired(began.error);
  while (true) {
    const WatchStream::Event event = co_await began.stream.next();
    if (event.error) break;
    if (event.type == "ERROR") co_return true;
    self->version = metadata(event.object)["resourceVersion"].text();
    ++self->events;
    if (self->loses > 0 && self->events % self->loses == 0) continue;
    check::this_check().watches().told(self->number, event.type, event.object);
  }
  began.stream.stop();
  co_return false;
}

Task<> change_link(Instant at, Duration length, std::string a, std::string b) {
  co_await sleep_for(at - now());
  sim::net::LinkOptions slow;
  slow.latency = 150 * kMillisecond;
  slow.jitter = 100 * kMillisecond;
  slow.loss_ppm = 50'000;
  for (const bool is_slow : {true, false}) {
    for (const auto& link : sim::net::this_cluster()->network().links()) {
      if (link->from != a || link->to != b) continue;
      link->forward.options = is_slow ? slow : sim::net::LinkOptions();
      link->back.options = link->forward.options;
    }
    if (is_slow) co_await sleep_for(length);
  }
}

}  // namespace

Task<> count() {
  const std::vector<std::string>& args = current_process().args();
  const Instant until = Instant{} + kMillisecond * number_of(args[0]);
  const bool blind = args[1] == "blind";
  const RestClient client = api_client();
  Tally* const tally = &world_local<Tally>();
  while (now() < until) {
    co_await count_once(client, blind, tally);
    const uint32_t pause = choose(ChoiceKind::kProgram, current_goroutine().key(), 4000);
    co_await sleep_for(kMillisecond * pause);
  }
}

Task<> watch() {
  const std::vector<std::string>& args = current_process().args();
  Follower self;
  const std::string node = args[0] == "-" ? std::string() : args[0];
  if (!node.empty()) self.options.field_selector = "spec.nodeName=" + node;
  self.loses = number_of(args[1]);
  self.number = check::this_check().watches().add("watcher of " + args[0], node);
  bool must_list = true;
  while (true) {
    // A connection whose other end has crashed would never say so.
    const Cancelable limited = with_timeout(background(), 60 * kSecond);
    const Context context = limited.context;
    bool listed = true;
    if (must_list) listed = co_await follow_list(&self, context);
    if (listed) must_list = co_await follow_watch(&self, context);
    limited.cancel();
    co_await sleep_for(500 * kMillisecond);
  }
}

Task<> weather() {
  const std::vector<std::string>& args = current_process().args();
  for (size_t i = 0; i + 3 < args.size(); i += 4) {
    const Instant at = Instant{} + kMillisecond * number_of(args[i]);
    go(change_link, at, kMillisecond * number_of(args[i + 3]), args[i + 1], args[i + 2]);
  }
  co_await sleep_for(kEndOfTime - now());
}

}  // namespace explore
