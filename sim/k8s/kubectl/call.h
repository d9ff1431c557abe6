// sim/k8s/kubectl/call.h: one run of kubectl: its flags and arguments, its output, its requests.
//
// Lifetime: a counted handle, which every coroutine of a command takes by value.

#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/sync/counted.h"
#include "engine/task/print.h"
#include "engine/task/task.h"
#include "sim/k8s/api/object.h"
#include "sim/k8s/kubectl/flags.h"
#include "sim/k8s/kubectl/known_kinds.h"
#include "sim/k8s/kubectl/kubectl.h"
#include "sim/k8s/schema/kinds.h"

namespace sim::k8s::kubectl {

struct CallState;
using Call = engine::Ref<CallState>;

/// A command of the table. `path` is its name, such as "rollout status".
struct Command {
  std::string_view path;
  std::string_view aliases;  // of its last word, separated by commas
  std::span<const FlagTable> flags;
  engine::Task<engine::Error> (*run)(Call call);
  /// Flags that must be given, separated by commas.
  std::string_view required = {};
};

/// A request to the server.
struct Query {
  Query(std::string m, std::string p) : method(std::move(m)), path(std::move(p)) {}
  std::string method;
  std::string path;
  std::vector<std::pair<std::string, std::string>> parameters = {};
  std::string body = {};
  std::string content_type = {};
  std::string accept = {};
  Query& with(std::string_view key, std::string_view value) {
    if (!value.empty()) parameters.emplace_back(key, value);
    return *this;
  }
  [[nodiscard]] std::string target() const;
};

struct CallState : engine::Counted<CallState> {
  CallState(RestClient c, KubectlIo i, engine::Context x)
      : client(std::move(c)), io(std::move(i)), context(std::move(x)) {}

  RestClient client;
  KubectlIo io;
  engine::Context context;
  const Command* command = nullptr;
  Flags flags;
  std::vector<std::string> args;
  int64_t before_dashes = -1;
  KnownKinds kinds;

  void print(std::string_view text) const {
    if (!text.empty() && io.out) io.out(text);
  }
  void complain(std::string_view text) const {
    if (!text.empty() && io.err) io.err(text);
  }
  template <class... T>
  void say(const T&... operands) const {
    std::string text;
    (engine::append_operand(text, operands), ...);
    print(text);
  }
  template <class... T>
  void warn(const T&... operands) const {
    std::string text;
    (engine::append_operand(text, operands), ...);
    complain(text);
  }
  /// The namespace that is meant if nothing else says one.
  [[nodiscard]] std::string space() const {
    const std::string given = flags.text("namespace");
    return given.empty() ? "default" : given;
  }
  [[nodiscard]] std::string dry_run() const {
    const std::string how = flags.text("dry-run");
    return how == "none" ? std::string() : how;
  }
};

/// Sends a request and reads the answer as JSON. Prints the server's warnings. Suspends.
engine::Task<ObjectResult> ask(Call call, Query query);
/// The same without reading it.
engine::Task<RestClient::Raw> ask_raw(Call call, Query query);

/// Where objects of a kind are: "/api/v1/namespaces/default/pods/web".
std::string path_of(const KindInfo& kind, std::string_view space, std::string_view name = {},
                    std::string_view subresource = {});
/// "deployments.apps": as errors name a resource.
std::string resource_text(const KindInfo& kind);

/// An error whose text is printed as it is.
struct Failure {
  std::string text;
  int code = 1;
  [[nodiscard]] std::string message() const { return text; }
};
/// Several errors, each printed in a line of its own.
struct Failures {
  std::vector<engine::Error> errors;
  [[nodiscard]] std::string message() const;
};
engine::Error failures(std::vector<engine::Error> errors);
/// A mistake in the command line: with a hint to the command's help behind it.
engine::Error usage_error(const Call& call, std::string_view text);
/// `error when creating "STDIN": ` before what a server has said.
engine::Error with_prefix(std::string_view prefix, const engine::Error& error);
/// What is printed of an error, with its last line feed.
std::string failure_text(const engine::Error& error);

/// An HTTP client's error as kubectl puts it.
engine::Error connection_error(const RestClient& client, const engine::Error& error);

}  // namespace sim::k8s::kubectl
