// sim/k8s/kubectl/logs_command.cpp: kubectl logs and kubectl exec.
//
// Not modelled: logs of `TYPE/NAME` of kinds other than workloads and services; a terminal, or an
// input, for exec.

#include <utility>

#include "engine/sync/wait_group.h"
#include "engine/task/go.h"
#include "sim/json/parse.h"
#include "sim/k8s/api/selector.h"
#include "sim/k8s/api/time.h"
#include "sim/k8s/kubectl/commands.h"
#include "sim/k8s/kubectl/describe.h"
#include "sim/k8s/kubectl/resolve.h"
#include "sim/k8s/kubectl/waiting.h"

namespace sim::k8s::kubectl {
namespace {

using engine::Error;
using engine::errorf;
using engine::Task;

constexpr std::string_view kDefaultContainer = "kubectl.kubernetes.io/default-container";

struct FoundPods {
  std::vector<Value> pods;
  Error error;
  /// They were found by a selector, or through what owns them.
  bool is_indirect = false;
};

bool is_ready(const Value& pod) {
  return condition_is_true(pod, "Ready");
}

// Pods that run and are ready come first. Source: controller's ActivePods.
const Value& most_active(const std::vector<Value>& pods) {
  const Value* best = &pods[0];
  const auto rank = [](const Value& pod) {
    const std::string_view phase = pod["status"]["phase"].text();
    const int scheduled = pod["spec"]["nodeName"].text().empty() ? 0 : 1;
    const int running = phase == "Running" ? 2 : phase == "Pending" ? 0 : 1;
    return scheduled * 100 + running * 10 + (is_ready(pod) ? 1 : 0);
  };
  for (const Value& pod : pods) {
    if (rank(pod) > rank(*best)) best = &pod;
  }
  return *best;
}

// The pods that a word such as `web-0` or `deploy/web` means.
Task<FoundPods> pods_of(Call call, std::vector<std::string> words) {
  FoundPods out;
  const KindInfo* const pods = find_kind("v1", "Pod");
  if (words.size() == 1 && words[0].find('/') == std::string::npos) {
    words.insert(words.begin(), "pods");
  }
  Plan planned;
  {
    PlanOptions how;
    planned = co_await plan(call, how, words);
  }
  Fetched fetched = co_await fetch(call, planned);
  if (!fetched.errors.empty()) {
    out.error = failures(std::move(fetched.errors));
    co_return out;
  }
  const Item item = fetched.items[0];
  if (item.kind->kind == "Pod") {
    out.pods.push_back(item.object);
    co_return out;
  }
  out.is_indirect = true;
  std::string selector = LabelSelector::from(item.object["spec"]["selector"]).text();
  if (item.kind->kind == "Service") {
    selector = LabelSelector::from_map(item.object["spec"]["selector"]).text();
  }
  if (selector.empty()) {
    out.error = errorf("cannot attach to *v1.", item.kind->kind, ": no pods are selected by it");
    co_return out;
  }
  const engine::Instant until = engine::now() + call->flags.length("pod-running-timeout");
  while (true) {
    const ListResult list = co_await list_all(call, pods, item.space, selector, std::string());
    out.error = list.error;
    out.pods = list.items;
    if (!out.pods.empty() || out.error || call->context.err()) co_return out;
    if (engine::now() >= until) {
      out.error = errorf(kTimedOut);
      co_return out;
    }
    co_await engine::sleep_for(engine::kSecond);
  }
}

std::vector<std::string> container_names(const Value& pod, bool all) {
  std::vector<std::string> out;
  if (all) {
    for (const Value& each : pod["spec"]["initContainers"].items()) {
      out.emplace_back(each["name"].text());
    }
  }
  for (const Value& each : pod["spec"]["containers"].items()) {
    out.emplace_back(each["name"].text());
  }
  return out;
}

// The container whose log is meant if none is named; says so if there are several.
std::string default_container(const Call& call, const Value& pod) {
  const std::string_view preferred = annotation_of(pod, kDefaultContainer);
  if (!preferred.empty()) return std::string(preferred);
  const std::vector<std::string> names = container_names(pod, false);
  if (names.empty()) return {};
  if (names.size() > 1) {
    std::string all;
    for (const std::string& name : names) all += (all.empty() ? "" : ", ") + name;
    for (const Value& each : pod["spec"]["initContainers"].items()) {
      all += ", ";
      all += each["name"].text();
      all += " (init)";
    }
    call->warn("Defaulted container \"", names[0], "\" out of: ", all, "\n");
  }
  return names[0];
}

struct Source {
  Source(std::string s, std::string p, std::string c)
      : space(std::move(s)), pod(std::move(p)), container(std::move(c)) {}
  std::string space;
  std::string pod;
  std::string container;
};

// Adds `prefix` to each line that is complete.
void print_lines(const Call& call, std::string_view prefix, std::string& rest,
                 std::string_view more, bool is_end) {
  if (prefix.empty()) {
    call->print(more);
    return;
  }
  rest += more;
  std::string out;
  while (true) {
    const size_t end = rest.find('\n');
    if (end == std::string::npos) break;
    out += prefix;
    out.append(rest, 0, end + 1);
    rest.erase(0, end + 1);
  }
  if (is_end && !rest.empty()) out += std::string(prefix) + rest;
  call->print(out);
}

Task<Error> read_log(Call call, Source source) {
  const Flags& flags = call->flags;
  Query query("GET", path_of(*find_kind("v1", "Pod"), source.space, source.pod, "log"));
  query.with("container", source.container);
  if (flags.truth("follow")) query.with("follow", "true");
  if (flags.truth("previous")) query.with("previous", "true");
  if (flags.truth("timestamps")) query.with("timestamps", "true");
  // Of pods that a selector finds the last lines only.
  const bool cuts = !flags.given("tail") && flags.given("selector");
  if (cuts) query.with("tailLines", "10");
  if (flags.number("tail") >= 0) query.with("tailLines", flags.text("tail"));
  if (flags.number("limit-bytes") > 0) query.with("limitBytes", flags.text("limit-bytes"));
  if (flags.length("since").ns > 0) {
    // Rounded up.
    const int64_t second = engine::kSecond.ns;
    std::string seconds;
    engine::append_operand(seconds, (flags.length("since").ns + second - 1) / second);
    query.with("sinceSeconds", seconds);
  }
  RestClient::RawRequest request("GET", query.target());
  const http::RoundTrip trip = co_await call->client.open(call->context, std::move(request));
  if (trip.error) co_return connection_error(call->client, trip.error);
  if (trip.response.status >= 400) {
    const http::Body::All all = co_await trip.response.body.read_all();
    const Error error = error_of(trip.response.status, all.text);
    const auto* const status = engine::errors_as<StatusError>(error);
    if (status == nullptr || status->status) co_return error;
    // The kubelet answers in plain text.
    StatusError changed = *status;
    changed.reason = trip.response.status == 400 ? "BadRequest" : "NotFound";
    changed.text = all.text;
    while (changed.text.ends_with('\n')) changed.text.pop_back();
    co_return engine::make_error(std::move(changed));
  }
  std::string prefix;
  if (flags.truth("prefix")) prefix = "[pod/" + source.pod + "/" + source.container + "] ";
  std::string rest;
  while (true) {
    const net::ReadResult piece = co_await trip.response.body.read();
    if (piece.error) break;
    print_lines(call, prefix, rest, piece.bytes.view(), false);
  }
  print_lines(call, prefix, rest, {}, true);
  trip.response.body.close();
  co_return nullptr;
}

struct Following : engine::Counted<Following> {
  engine::WaitGroup group;
  std::vector<Error> errors;
};

Task<> follow(Call call, Source source, engine::Ref<Following> all) {
  const Error error = co_await read_log(call, std::move(source));
  if (error) all->errors.push_back(error);
  all->group.done();
}

Error no_pod(const Error& error, std::string_view space) {
  const auto* const status = engine::errors_as<StatusError>(error);
  if (status == nullptr) return error;
  return errorf("error from server (", status->reason, "): ", status->text, " in namespace \"",
                space, "\"");
}

}  // namespace

Outcome run_logs(Call call) {
  const Flags& flags = call->flags;
  const std::string selector = flags.text("selector");
  if (call->args.empty() && selector.empty()) {
    co_return usage_error(call,
                          "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or "
                          "TYPE/NAME is a required argument for the logs command");
  }
  if (!call->args.empty() && !selector.empty()) {
    co_return usage_error(call, "only a selector (-l) or a POD name is allowed");
  }
  std::string container = flags.text("container");
  if (call->args.size() == 2) {
    if (!container.empty()) {
      co_return usage_error(call, "only one of -c or an inline [CONTAINER] arg is allowed");
    }
    container = call->args[1];
  } else if (call->args.size() > 2) {
    co_return usage_error(call,
                          "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or "
                          "TYPE/NAME is a required argument for the logs command");
  }
  FoundPods found;
  if (!selector.empty()) {
    const ListResult list =
        co_await list_all(call, find_kind("v1", "Pod"), call->space(), selector, std::string());
    found.pods = list.items;
    found.error = list.error;
    if (!found.error && found.pods.empty()) {
      call->warn("No resources found in ", call->space(), " namespace.\n");
      co_return nullptr;
    }
  } else {
    std::vector<std::string> words;
    words.push_back(call->args[0]);
    found = co_await pods_of(call, std::move(words));
    if (found.error) co_return no_pod(found.error, call->space());
  }
  if (found.error) co_return found.error;
  std::vector<Value> pods = found.pods;
  if (found.is_indirect && !flags.truth("all-pods")) {
    const Value chosen = most_active(pods);
    if (pods.size() > 1) {
      call->warn("Found ", pods.size(), " pods, using pod/", name_of(chosen), "\n");
    }
    pods = {chosen};
  }
  const bool all_containers = flags.truth("all-containers");
  std::vector<Source> sources;
  for (const Value& pod : pods) {
    std::vector<std::string> names;
    if (all_containers) {
      names = container_names(pod, true);
    } else if (!container.empty()) {
      bool is_known = false;
      for (const std::string& name : container_names(pod, true)) {
        is_known = is_known || name == container;
      }
      if (!is_known) {
        co_return errorf("container ", container, " is not valid for pod ", name_of(pod));
      }
      names.push_back(container);
    } else {
      names.push_back(default_container(call, pod));
    }
    for (const std::string& name : names) {
      sources.emplace_back(std::string(namespace_of(pod)), std::string(name_of(pod)), name);
    }
  }
  if (flags.truth("follow") && sources.size() > 1) {
    const int64_t most = flags.number("max-log-requests");
    const auto count = static_cast<int64_t>(sources.size());
    if (count > most) {
      co_return errorf("you are attempting to follow ", count,
                       " log streams, but maximum allowed concurrency is ", most,
                       ", use --max-log-requests to increase the limit");
    }
    const engine::Ref<Following> all(new Following);
    for (const Source& source : sources) {
      all->group.add(1);
      engine::go(follow, call, source, all);
    }
    co_await all->group.wait();
    co_return all->errors.empty() ? Error() : all->errors[0];
  }
  for (const Source& source : sources) {
    const Error error = co_await read_log(call, source);
    if (error) co_return error;
  }
  co_return nullptr;
}

Outcome run_exec(Call call) {
  const Flags& flags = call->flags;
  std::vector<std::string> words = call->args;
  if (words.empty()) co_return errorf("pod, type/name or --filename must be specified");
  const std::string target = words[0];
  words.erase(words.begin());
  if (call->before_dashes < 0 && !words.empty()) {
    co_return usage_error(call,
                          "exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- "
                          "[COMMAND] instead");
  }
  if (words.empty()) co_return errorf("you must specify at least one command for the container");
  std::vector<std::string> targets;
  targets.push_back(target);
  const FoundPods found = co_await pods_of(call, std::move(targets));
  if (found.error) co_return found.error;
  const Value pod = most_active(found.pods);
  const std::string name(name_of(pod));
  const std::string_view phase = pod["status"]["phase"].text();
  if (phase == "Succeeded" || phase == "Failed") {
    co_return errorf("cannot exec into a container in a completed pod; current phase is ", phase);
  }
  std::string container = flags.text("container");
  if (container.empty()) container = default_container(call, pod);
  Query query("POST", path_of(*find_kind("v1", "Pod"), namespace_of(pod), name, "exec"));
  for (const std::string& word : words) query.parameters.emplace_back("command", word);
  query.with("container", container).with("stderr", "true").with("stdout", "true");
  const RestClient::Raw raw = co_await ask_raw(call, std::move(query));
  if (raw.error) co_return raw.error;
  const json::Parsed answer = json::parse(raw.text);
  call->print(answer.value["output"].text());
  const std::string_view error = answer.value["error"].text();
  if (!error.empty()) {
    std::string text = "error: Internal error occurred: ";
    text += error;
    co_return engine::make_error(Failure{std::move(text)});
  }
  const int64_t code = answer.value["exitCode"].integer();
  if (code == 0) co_return nullptr;
  std::string text = "command terminated with exit code ";
  engine::append_operand(text, code);
  co_return engine::make_error(Failure{std::move(text), static_cast<int>(code)});
}

}  // namespace sim::k8s::kubectl
