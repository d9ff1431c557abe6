// Loads a page twice, as a browser would: over at most six connections of HTTP/1.1, then over one
// of HTTP/2, and says when each of its parts was there. RESOURCES: how many small parts it has,
// beside a slow and a large one. LINK: what to call the way to the server. START_MS: when to begin.

#include "engine/sync/timer.h"
#include "engine/sync/wait_group.h"
#include "engine/task/print.h"
#include "sim/http/client.h"
#include "sim/http2/client.h"

namespace sim::programs {

using namespace engine;

namespace {

/// As browsers have it.
constexpr uint32_t kConnectionsMost = 6;
constexpr Duration kPauseBetween = 500 * kMillisecond;
constexpr std::string_view kServer = "http://server/";

/// One load of the page.
struct Load : Counted<Load> {
  std::string title;
  Instant started;
  int64_t small_ms = 0;  // when the last small part was there
  int64_t all_ms = 0;
  int64_t failures = 0;
};

// The paths, in the order in which the page names them.
std::vector<std::string> parts_of_page(int64_t small_ones) {
  std::vector<std::string> paths = {"slow", "large"};
  for (int64_t i = 1; i <= small_ones; ++i) paths.push_back("small/" + std::to_string(i));
  return paths;
}

template <class Client>
Task<> load_part(Client client, std::string path, Ref<Load> load) {
  const http::RoundTrip got = co_await client.get(std::string(kServer) + path);
  const http::Body::All all = co_await got.response.body.read_all();
  const bool failed = got.error || all.error;
  const int64_t ms = since(load->started).ns / kMillisecond.ns;
  load->all_ms = ms;
  if (path.starts_with("small")) load->small_ms = ms;
  if (failed) ++load->failures;
  println(load->title + ":", path, failed ? "failed" : "is there", "after", ms, "ms");
}

template <class Client>
Task<int64_t> load_page(Client client, std::vector<std::string> paths, std::string title) {
  const Ref<Load> load(new Load);
  load->title = std::move(title);
  load->started = now();
  const WaitGroup group(load->title);
  for (const std::string& path : paths) {
    group.go([client, path, load]() -> Task<> { return load_part(client, path, load); })
        .set_name(path);
  }
  co_await group.wait();
  println(load->title + ":", "the small ones after", load->small_ms, "ms, all after", load->all_ms,
          "ms, connections:", client.dials(), "failed:", load->failures);
  co_return load->all_ms;
}

}  // namespace

Task<> page_load() {
  const Process& process = current_process();
  const std::string link(process.env("LINK", "clean"));
  const std::vector<std::string> paths = parts_of_page(process.env_int("RESOURCES", 30));
  co_await sleep_for(kMillisecond * process.env_int("START_MS", 100));

  http::ClientOptions options;
  options.connections_max = kConnectionsMost;
  options.idle_connections_max = kConnectionsMost;
  const http::Client six(options);
  const int64_t six_ms = co_await load_page(six, paths, link + " link, HTTP/1.1");
  six.close_idle_connections();
  co_await sleep_for(kPauseBetween);

  const http2::Client one;
  const int64_t one_ms = co_await load_page(one, paths, link + " link, HTTP/2");
  one.close_idle_connections();
  const std::string_view winner = one_ms < six_ms ? "HTTP/2 was" : "HTTP/1.1 was";
  println(link, "link:", winner, std::max(six_ms, one_ms) - std::min(six_ms, one_ms), "ms ahead");
  println(link, "link: done");
}

}  // namespace sim::programs
