#include "sim/k8s/kubectl/kubectl.h"

#include <algorithm>
#include <utility>

#include "sim/k8s/kubectl/commands.h"
#include "sim/k8s/kubectl/resolve.h"

namespace sim::k8s {
namespace kubectl {
namespace {

using engine::Error;
using engine::Task;

// Source: rest.Config in kubectl's genericclioptions: a client that is hardly paced.
constexpr int64_t kQps = 50;
constexpr int64_t kBurst = 300;
constexpr size_t kSuggestionDistance = 2;

bool is_last_word(const Command& command, std::string_view word) {
  const std::string_view last = command.path.substr(command.path.rfind(' ') + 1);
  if (last == word) return true;
  for (const std::string& alias : split_words(command.aliases, ',')) {
    if (!alias.empty() && alias == word) return true;
  }
  return false;
}

// The name of a group under another name: `svc` of `service`.
std::string_view full_word(std::string_view word) {
  return word == "svc" ? "service" : word;
}

struct Found {
  const Command* command = nullptr;
  std::string group;    // of a path that goes on: "rollout"
  std::string unknown;  // the word that names none
  std::vector<std::string> words;
};

bool takes_value(std::string_view word) {
  if (word.find('=') != std::string_view::npos) return false;
  if (word.starts_with("--")) {
    const std::string_view name = word.substr(2);
    for (const Flag& flag : global_flags()) {
      if (flag.name == name) return flag.bare.empty();
    }
    return false;
  }
  if (word.size() != 2) return false;
  for (const Flag& flag : global_flags()) {
    if (flag.letter == word[1]) return flag.bare.empty();
  }
  return false;
}

// The command that the first words name; flags may stand between them.
Found find_command(const std::vector<std::string>& args) {
  Found out;
  std::string path;
  std::vector<std::string> rest = args;
  const Command* best = nullptr;
  while (true) {
    size_t at = 0;
    while (at < rest.size() && rest[at].size() > 1 && rest[at][0] == '-') {
      if (rest[at] == "--") break;
      at += takes_value(rest[at]) ? 2 : 1;
    }
    if (at >= rest.size() || rest[at] == "--") break;
    const std::string word = rest[at];
    const std::string prefix = path.empty() ? std::string() : path + " ";
    const Command* next = nullptr;
    bool is_group = false;
    for (const Command& command : commands()) {
      if (!command.path.starts_with(prefix)) continue;
      const std::string_view behind = command.path.substr(prefix.size());
      const size_t space = behind.find(' ');
      if (space == std::string_view::npos) {
        if (!behind.empty() && is_last_word(command, word)) next = &command;
      } else {
        is_group = is_group || behind.substr(0, space) == full_word(word);
      }
    }
    if (next == nullptr && !is_group) {
      if (best == nullptr) out.unknown = word;
      break;
    }
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(at));
    path = next != nullptr ? std::string(next->path) : prefix + std::string(full_word(word));
    best = next;
    if (next != nullptr && !is_group) break;
  }
  out.command = best;
  out.group = path;
  out.words = std::move(rest);
  return out;
}

// Source: cobra's ld(), in any case.
size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t before = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t changed = before + (a[i - 1] == b[j - 1] ? 0 : 1);
      before = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, changed});
    }
  }
  return row[b.size()];
}

// In the order in which kubectl adds its commands.
constexpr std::string_view kOrder[] = {
    "create",       "expose",  "run",           "set",          "explain",      "get",
    "edit",         "delete",  "rollout",       "scale",        "autoscale",    "certificate",
    "cluster-info", "top",     "cordon",        "uncordon",     "drain",        "taint",
    "describe",     "logs",    "attach",        "exec",         "port-forward", "proxy",
    "cp",           "auth",    "debug",         "events",       "diff",         "apply",
    "patch",        "replace", "wait",          "kustomize",    "label",        "annotate",
    "completion",   "alpha",   "api-resources", "api-versions", "config",       "plugin",
    "version",      "options"};

std::string suggestions(std::string_view word) {
  std::string out;
  for (const std::string_view name : kOrder) {
    if (distance(word, name) <= kSuggestionDistance || name.starts_with(word)) {
      out += "\t" + std::string(name) + "\n";
    }
  }
  return out;
}

std::string missing_flags(const Call& call) {
  std::string out;
  for (const std::string& name : split_words(call->command->required, ',')) {
    if (name.empty() || call->flags.given(name)) continue;
    out += (out.empty() ? "\"" : "\", \"") + name;
  }
  if (out.empty()) return out;
  return "error: required flag(s) " + out + "\" not set\n";
}

void complain(const KubectlIo& io, std::string_view text) {
  if (io.err) io.err(text);
}

// What is printed if the words name no command.
void print_unknown(const KubectlIo& io, const Found& found) {
  if (found.group.empty() && !found.unknown.empty()) {
    std::string text = "error: unknown command \"" + found.unknown + "\" for \"kubectl\"\n";
    const std::string similar = suggestions(found.unknown);
    if (!similar.empty()) text += "\nDid you mean this?\n" + similar;
    complain(io, text);
  } else if (!found.unknown.empty()) {
    complain(io, "error: unknown command \"" + found.unknown + "\"\nSee 'kubectl " + found.group +
                     " -h' for help and examples\n");
  } else {
    std::string text = "Usage:\n  kubectl ";
    if (!found.group.empty()) text += found.group + " ";
    text += "COMMAND [options]\n\nAvailable Commands:\n";
    for (const Command& command : commands()) {
      if (command.path.starts_with(found.group)) text += "  " + std::string(command.path) + "\n";
    }
    if (io.out) io.out(text);
  }
}

}  // namespace
}  // namespace kubectl

engine::Task<int> run_kubectl(RestConfig config, std::vector<std::string> args, KubectlIo io,
                              engine::Context context) {
  using kubectl::Call;
  const kubectl::Found found = kubectl::find_command(args);
  if (found.command == nullptr) {
    kubectl::print_unknown(io, found);
    co_return found.unknown.empty() && found.group.empty() ? 0 : 1;
  }
  std::vector<kubectl::FlagTable> tables(found.command->flags.begin(), found.command->flags.end());
  tables.push_back(kubectl::global_flags());
  kubectl::Flags::Parsed parsed = kubectl::Flags::parse(tables, found.words);
  if (parsed.wants_help) {
    if (io.out) {
      std::string text = "Usage:\n  kubectl " + std::string(found.command->path) + " [options]\n\n";
      text += "Options:\n";
      for (const kubectl::FlagTable& table : found.command->flags) {
        for (const kubectl::Flag& flag : table) {
          text +=
              flag.letter == 0 ? std::string("      ") : std::string("  -") + flag.letter + ", ";
          text += "--" + std::string(flag.name) + "\n";
        }
      }
      io.out(text);
    }
    co_return 0;
  }
  if (!parsed.error.empty()) {
    kubectl::complain(io, "error: " + parsed.error + "\nSee 'kubectl " +
                              std::string(found.command->path) + " --help' for usage.\n");
    co_return 1;
  }
  if (parsed.flags.given("server")) {
    config.host = parsed.flags.text("server");
    if (config.host.find("://") == std::string::npos) config.host.insert(0, "http://");
  }
  if (parsed.flags.given("token")) config.bearer_token = parsed.flags.text("token");
  config.qps = kubectl::kQps;
  config.burst = kubectl::kBurst;
  const Call call(new kubectl::CallState(RestClient(std::move(config)), std::move(io), context));
  call->command = found.command;
  call->flags = std::move(parsed.flags);
  call->args = std::move(parsed.arguments);
  call->before_dashes = parsed.before_dashes;
  const std::string missing = kubectl::missing_flags(call);
  if (!missing.empty()) {
    call->complain(missing);
    co_return 1;
  }
  const engine::Error error = co_await found.command->run(call);
  // A watch that its context ended has done its work.
  if (!error || context.err()) co_return 0;
  call->complain(kubectl::failure_text(error));
  const auto* const failure = engine::errors_as<kubectl::Failure>(error);
  co_return failure == nullptr ? 1 : failure->code;
}

}  // namespace sim::k8s
