// sim/shell/applets_shell.cpp: the table of all tools, and those that belong to the shell itself.

#include <charconv>

#include "engine/sync/timer.h"
#include "sim/container/docker/command_line.h"
#include "sim/shell/applet.h"
#include "sim/shell/interpreter.h"

namespace sim::shell {
namespace {

using engine::Task;

int succeed(const Call& /*call*/) {
  return 0;
}
int do_not_succeed(const Call& /*call*/) {
  return 1;
}

Task<int> run_docker(Call call) {
  std::vector<std::string> words(call.words.begin() + 1, call.words.end());
  container::docker::Print print = [out = call.out](std::string_view text) { out->write(text); };
  const int status =
      co_await container::docker::run_command_line(std::move(words), std::move(print));
  co_return status;
}

constexpr Applet kApplets[] = {
    {":", succeed},
    {"[", run_test},
    {"cat", run_cat},
    {"cd", run_cd},
    {"cp", run_cp},
    {"date", run_date},
    {"docker", nullptr, run_docker, true},
    {"echo", run_echo},
    {"env", nullptr, run_env},
    {"exec", nullptr, run_exec},
    {"exit", run_exit},
    {"export", run_export},
    {"false", do_not_succeed},
    {"head", run_head},
    {"hostname", run_hostname},
    {"id", run_id},
    {"kill", run_kill},
    {"ls", run_ls},
    {"mkdir", run_mkdir},
    {"mv", run_mv},
    {"nslookup", nullptr, run_nslookup},
    {"printf", run_printf},
    {"ps", run_ps},
    {"pwd", run_pwd},
    {"rm", run_rm},
    {"sh", nullptr, run_sh},
    {"sleep", nullptr, run_sleep},
    {"stress", nullptr, run_stress},
    {"tail", nullptr, run_tail},
    {"test", run_test},
    {"touch", run_touch},
    {"true", succeed},
    {"unset", run_unset},
    {"wc", run_wc},
    {"wget", nullptr, run_wget},
};

}  // namespace

const Applet* find_applet(std::string_view name) {
  // Tools may be called by their path.
  if (name.starts_with("/bin/")) name.remove_prefix(5);
  for (const Applet& applet : kApplets) {
    if (applet.name == name) return &applet;
  }
  return nullptr;
}

int run_cd(const Call& call) {
  Session& session = *call.session;
  std::string target = call.words.size() > 1 ? call.words[1] : session.variable("HOME");
  if (target.empty()) target = "/";
  if (target == "-") target = session.variable("OLDPWD");
  const std::string path = session.absolute(target);
  const container::Container::Seen seen = session.files_at(path);
  const container::StatResult found = seen.files->stat(seen.inside);
  std::string problem;
  if (found.error) problem = error_text(found.error);
  if (!found.error && found.stat.kind != container::EntryKind::kDirectory) {
    problem = error_text(container::kNotDirectory);
  }
  if (!problem.empty()) {
    call.err->write("sh: cd: can't cd to " + target + ": " + problem + "\n");
    return 2;
  }
  session.variables["OLDPWD"] = session.directory;
  session.directory = path;
  session.variables["PWD"] = path;
  return 0;
}

Task<int> run_env(Call call) {
  const auto before = call.session->variables;
  size_t at = 1;
  if (call.words.size() > 1 && call.words[1] == "-i") {
    call.session->variables.clear();
    ++at;
  }
  for (; at < call.words.size(); ++at) {
    const size_t equals = call.words[at].find('=');
    if (equals == std::string::npos || equals == 0) break;
    call.session->variables[call.words[at].substr(0, equals)] = call.words[at].substr(equals + 1);
  }
  int status = 0;
  if (at < call.words.size()) {
    call.words.erase(call.words.begin(), call.words.begin() + static_cast<std::ptrdiff_t>(at));
    Call inner = call;
    status = co_await run_words(std::move(inner));
  } else {
    std::string out;
    for (const auto& [name, value] : call.session->variables) out += name + "=" + value + "\n";
    call.out->write(out);
  }
  call.session->variables = before;
  co_return status;
}

Task<int> run_exec(Call call) {
  if (call.words.size() < 2) co_return 0;
  call.words.erase(call.words.begin());
  Call inner = call;
  const int status = co_await run_words(std::move(inner));
  call.session->exits = true;
  co_return status;
}

int run_exit(const Call& call) {
  int status = call.session->status;
  if (call.words.size() > 1) {
    const std::string& word = call.words[1];
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), status);
    if (error != std::errc() || end != word.data() + word.size()) {
      call.err->write("sh: exit: Illegal number: " + word + "\n");
      status = 2;
    }
  }
  call.session->exits = true;
  return status & 255;
}

int run_export(const Call& call) {
  for (size_t i = 1; i < call.words.size(); ++i) {
    const size_t equals = call.words[i].find('=');
    const std::string name = call.words[i].substr(0, equals);
    if (!is_variable_name(name)) {
      call.err->write("sh: export: " + name + ": bad variable name\n");
      return 2;
    }
    if (equals != std::string::npos) {
      call.session->variables[name] = call.words[i].substr(equals + 1);
    }
  }
  return 0;
}

int run_unset(const Call& call) {
  for (size_t i = 1; i < call.words.size(); ++i) call.session->variables.erase(call.words[i]);
  return 0;
}

// `sh -c LINE [NAME ARGUMENT...]`, `sh FILE [ARGUMENT...]`, or what is on standard input.
Task<int> run_sh(Call call) {
  const engine::Ref<Session> inner(new Session);
  inner->variables = call.session->variables;
  inner->directory = call.session->directory;
  size_t at = 1;
  bool is_line = false;
  for (; at < call.words.size() && call.words[at].size() > 1 && call.words[at][0] == '-'; ++at) {
    is_line = is_line || call.words[at].find('c') != std::string::npos;
  }
  Streams streams{call.input, call.out, call.err};
  std::string text;
  if (at < call.words.size()) {
    text = call.words[at++];
    if (!is_line) {
      const container::FileRead read = call.session->read(text);
      if (read.error) {
        call.err->write("sh: can't open '" + text + "': " + error_text(read.error) + "\n");
        co_return 2;
      }
      inner->parameters = {text};
      text = read.bytes;
    } else if (at < call.words.size()) {
      inner->parameters = {call.words[at++]};
    }
    for (; at < call.words.size(); ++at) inner->parameters.push_back(call.words[at]);
  } else if (is_line) {
    call.err->write("sh: -c requires an argument\n");
    co_return 2;
  } else {
    text = std::exchange(streams.input, {});
  }
  const int status = co_await run_text(inner, std::move(text), std::move(streams));
  co_return status;
}

Task<int> run_sleep(Call call) {
  if (call.words.size() < 2) co_return call.fail("missing operand");
  engine::Duration length;
  for (size_t i = 1; i < call.words.size(); ++i) {
    const engine::Duration part = length_of(call.words[i]);
    if (part < engine::Duration{}) {
      if (call.words[i] != "infinity") {
        co_return call.fail("invalid number '" + call.words[i] + "'");
      }
      length = engine::kEndOfTime - engine::now();
      break;
    }
    length = length + part;
  }
  co_await engine::sleep_for(length);
  co_return 0;
}

}  // namespace sim::shell
