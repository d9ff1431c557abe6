// sim/k8s/client/rest.h: requests to the API server, in the shape of client-go's rest.Interface.
//
//   RestClient client(config);
//   auto [pod, error] = co_await client.get(ctx, kPods, "default", "web-1");
//   if (is_not_found(error)) ...
//
// Concept: an object is a json::Value, an error is what the server's Status says. Requests are
// paced as client-go paces them. Lifetime: a counted handle; copies share connections and pace.
// Source: client-go's documentation (rest.Config, ListOptions, errors of api/errors).

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/sync/context.h"
#include "engine/sync/counted.h"
#include "sim/http2/client.h"
#include "sim/k8s/client/resource.h"

namespace sim::k8s {

struct RestConfig {
  std::string host;  // "http://10.96.0.1:443"
  std::string bearer_token;
  std::string user_agent = "orrery";
  /// Requests a second, and how many at once after a pause. Source: rest.Config's defaults. 0: no
  /// limit.
  int64_t qps = 5;
  int64_t burst = 10;
  /// Of a whole request but watches; zero: no limit.
  engine::Duration timeout;
};

/// What the server answered instead of an object. Source: api/errors.StatusError.
struct StatusError {
  int code = 0;
  std::string reason;
  std::string text;
  Value status;
  [[nodiscard]] std::string message() const { return text; }
};
bool is_not_found(const engine::Error& error);
bool is_conflict(const engine::Error& error);
bool is_already_exists(const engine::Error& error);
bool is_invalid(const engine::Error& error);
/// 410: the version is too old.
bool is_expired(const engine::Error& error);
bool is_too_many_requests(const engine::Error& error);

struct ListOptions {
  ListOptions() = default;
  std::string label_selector;
  std::string field_selector;
  std::string resource_version;
  int64_t limit = 0;
  std::string continue_token;
  bool allow_watch_bookmarks = false;
  int64_t timeout_seconds = 0;
};

enum class PatchType : uint8_t { kJson, kMerge, kStrategic };

struct ObjectResult {
  Value object;
  engine::Error error;
};
struct ListResult {
  std::vector<Value> items;
  std::string resource_version;
  std::string continue_token;
  engine::Error error;
};

/// The events of a watch: a counted handle.
class WatchStream {
 public:
  WatchStream() = default;
  explicit WatchStream(http::Body body) : core_(new Core(std::move(body))) {}

  struct Event {
    std::string type;  // "ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"
    Value object;
    engine::Error error;  // the stream has ended: kEof, or why
  };
  /// Suspends until there is an event, or the stream has ended.
  [[nodiscard]] engine::Task<Event> next() const;
  void stop() const {
    if (core_) core_->body.close();
  }

 private:
  struct Core : engine::Counted<Core> {
    explicit Core(http::Body b) : body(std::move(b)) {}
    http::Body body;
    std::string text;   // what was read and not given yet
    size_t begins = 0;  // where the next line does
  };
  engine::Ref<Core> core_;
};
struct WatchResult {
  WatchStream stream;
  engine::Error error;
};

class RestClient {
 public:
  explicit RestClient(RestConfig config);

  /// Each suspends until the server has answered, or `context` is done.
  [[nodiscard]] engine::Task<ObjectResult> get(engine::Context context, Resource resource,
                                               std::string space, std::string name) const;
  /// One page, if the options limit it.
  [[nodiscard]] engine::Task<ListResult> list(engine::Context context, Resource resource,
                                              std::string space, ListOptions options) const;
  [[nodiscard]] engine::Task<ObjectResult> create(engine::Context context, Resource resource,
                                                  std::string space, Value object) const;
  /// `subresource` is empty or "status".
  [[nodiscard]] engine::Task<ObjectResult> update(engine::Context context, Resource resource,
                                                  Value object, std::string subresource = {}) const;
  struct Patch {
    Patch(PatchType t, Value b, std::string s = {})
        : type(t), body(std::move(b)), subresource(std::move(s)) {}
    PatchType type;
    Value body;
    std::string subresource;
  };
  [[nodiscard]] engine::Task<ObjectResult> patch(engine::Context context, Resource resource,
                                                 ObjectKey key, Patch patch) const;
  /// `options` is a DeleteOptions, or absent.
  [[nodiscard]] engine::Task<engine::Error> remove(engine::Context context, Resource resource,
                                                   ObjectKey key, Value options = {}) const;
  [[nodiscard]] engine::Task<WatchResult> watch(engine::Context context, Resource resource,
                                                std::string space, ListOptions options) const;
  /// A pod goes to a node.
  [[nodiscard]] engine::Task<engine::Error> bind(engine::Context context, Value binding) const;

  /// What is at a path, as it came; an error if the server says so.
  struct Raw {
    int code = 0;
    std::string text;
    http::Header header;
    engine::Error error;
  };
  struct RawRequest {
    RawRequest(std::string m, std::string p) : method(std::move(m)), path(std::move(p)) {}
    std::string method;
    std::string path;  // with its query
    std::string content_type;
    std::string accept;
    std::string body;
  };
  [[nodiscard]] engine::Task<Raw> raw(engine::Context context, RawRequest request) const;
  /// The same, the body still to be read: for logs and watches.
  [[nodiscard]] engine::Task<http::RoundTrip> open(engine::Context context,
                                                   RawRequest request) const;

  [[nodiscard]] const RestConfig& config() const { return core_->config; }
  /// "/apis/apps/v1/namespaces/default/deployments/web/status"
  static std::string path_of(const Resource& resource, std::string_view space,
                             std::string_view name = {}, std::string_view subresource = {});

 private:
  struct Core : engine::Counted<Core> {
    Core(RestConfig c, const http::ClientOptions& options)
        : config(std::move(c)), client(options) {}
    RestConfig config;
    http2::Client client;
    /// When the pace allows the next request, if none had been saved up.
    engine::Instant next_at;
  };
  engine::Task<> pace() const;
  engine::Task<ObjectResult> object(engine::Context context, RawRequest request) const;

  engine::Ref<Core> core_;
};

struct ConfigResult {
  RestConfig config;
  engine::Error error;
};

/// The error that a response with such a status and body is. Nil if the status is below 400.
engine::Error error_of(int code, std::string_view body);

}  // namespace sim::k8s
