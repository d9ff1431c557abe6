#include "sim/shell/interpreter.h"

#include <utility>

#include "sim/node/cpu.h"
#include "sim/shell/applet.h"

namespace sim::shell {
namespace {

using engine::Ref;
using engine::Task;

class FileOutput final : public Output {
 public:
  FileOutput(Ref<Session> session, std::string path)
      : session_(std::move(session)), path_(std::move(path)) {}
  void write(std::string_view text) override {
    const container::Container::Seen seen = session_->files_at(path_);
    if (!seen.read_only) static_cast<void>(seen.files->append(seen.inside, text));
  }

 private:
  Ref<Session> session_;
  std::string path_;
};

std::string value_of(const Session& session, std::string_view name) {
  std::string out;
  if (name == "?") {
    engine::append_operand(out, session.status);
  } else if (name == "$") {
    engine::append_operand(out, session.pid_of(engine::current_process().id()));
  } else if (name == "#") {
    engine::append_operand(out, session.parameters.size() - 1);
  } else if (name == "@" || name == "*") {
    for (size_t i = 1; i < session.parameters.size(); ++i) {
      if (i > 1) out += ' ';
      out += session.parameters[i];
    }
  } else if (name.size() == 1 && name[0] >= '0' && name[0] <= '9') {
    const auto index = static_cast<size_t>(name[0] - '0');
    if (index < session.parameters.size()) out = session.parameters[index];
  } else {
    out = session.variable(name);
  }
  return out;
}

// A word without the splitting of variables, as in assignments and after redirections.
std::string whole(const Session& session, const Word& word, size_t from = 0) {
  std::string out;
  for (size_t i = from; i < word.size(); ++i) {
    out += word[i].is_variable ? value_of(session, word[i].text) : word[i].text;
  }
  return out;
}

void expand(const Session& session, const Word& word, std::vector<std::string>& out) {
  std::string current;
  bool has_any = false;
  const auto close = [&] {
    if (has_any) out.push_back(std::exchange(current, {}));
    has_any = false;
  };
  for (const Piece& piece : word) {
    if (!piece.is_variable) {
      current += piece.text;
      has_any = has_any || piece.is_quoted || !piece.text.empty();
      continue;
    }
    const std::string value = value_of(session, piece.text);
    if (piece.is_quoted) {
      current += value;
      has_any = true;
      continue;
    }
    for (const char c : value) {
      if (c == ' ' || c == '\t' || c == '\n') {
        close();
      } else {
        current += c;
        has_any = true;
      }
    }
  }
  close();
}

// Splits `NAME=VALUE` off. The name; empty if `word` is no assignment.
std::string assigned_name(const Word& word) {
  if (word.empty() || word[0].is_variable || word[0].is_quoted) return {};
  const size_t equals = word[0].text.find('=');
  if (equals == std::string::npos) return {};
  std::string name = word[0].text.substr(0, equals);
  return is_variable_name(name) ? name : std::string();
}

std::string assigned_value(const Session& session, const Word& word, size_t name_length) {
  return word[0].text.substr(name_length + 1) + whole(session, word, 1);
}

// Opens what a redirection names. The error's text; empty if it worked.
std::string redirect(const Ref<Session>& session, const Redirection& how, Streams& streams) {
  const std::string target = whole(*session, how.target);
  Ref<Output>& place = how.descriptor == 2 ? streams.err : streams.out;
  if (how.kind == Redirection::Kind::kCopy) {
    place = target == "2" ? streams.err : streams.out;
    return {};
  }
  const std::string path = session->absolute(target);
  if (how.kind == Redirection::Kind::kRead) {
    const container::FileRead read = session->read(path);
    if (read.error) return "can't open " + target + ": no such file";
    streams.input = read.bytes;
    return {};
  }
  if (path == "/dev/null") {
    place = no_output();
    return {};
  }
  if (path == "/dev/stdout" || path == "/dev/stderr") return {};
  const container::Container::Seen seen = session->files_at(path);
  engine::Error error;
  if (seen.read_only) {
    error = container::kReadOnly;
  } else if (how.kind == Redirection::Kind::kAppend) {
    error = seen.files->append(seen.inside, "").error;
  } else {
    error = seen.files->write(seen.inside, {}).error;
  }
  if (error) {
    const bool is_missing = engine::errors_is(error, container::kNoSuchFile);
    return "can't create " + target + ": " +
           (is_missing ? std::string("nonexistent directory") : error_text(error));
  }
  place = Ref<Output>(new FileOutput(session, path));
  return {};
}

// A program of the container, as a process of its own.
Task<int> run_program(Call call) {
  container::Container* const container = call.session->container;
  std::string missing = "sh: " + call.words[0] + ": not found\n";
  if (container == nullptr) {
    call.err->write(missing);
    co_return container::kCommandNotFound;
  }
  container::ExecOptions options;
  for (const auto& [name, value] : call.session->variables) options.env.emplace_back(name, value);
  options.working_dir = call.session->directory;
  options.input = call.input;
  options.output_bytes_max = size_t{1} << 20;
  const container::Container::Executed executed = container->execute(call.words, options);
  if (executed.error) {
    const bool is_missing = executed.code == container::kCommandNotFound;
    if (!is_missing) missing = "sh: " + call.words[0] + ": Permission denied\n";
    call.err->write(missing);
    co_return executed.code;
  }
  const Ref<container::Execution> execution = executed.execution;
  const container::AwaitsOthers awaits;
  while (true) {
    const uint64_t seen = execution->changed().count();
    const std::string text = execution->take_output();
    if (!text.empty()) call.out->write(text);
    if (execution->has_ended()) co_return execution->exit_code();
    co_await execution->changed().wait(seen);
  }
}

Task<int> run_list(Ref<Session> session, const List* list, Streams streams);

Task<int> run_command(Ref<Session> session, const Step* step, Streams streams) {
  Call call;
  size_t first = 0;
  while (first < step->words.size() && !assigned_name(step->words[first]).empty()) ++first;
  for (size_t i = first; i < step->words.size(); ++i) {
    expand(*session, step->words[i], call.words);
  }
  // Assignments before a command are for that command alone.
  std::map<std::string, std::string, std::less<>> before;
  if (!call.words.empty() && first > 0) before = session->variables;
  for (size_t i = 0; i < first; ++i) {
    const std::string name = assigned_name(step->words[i]);
    session->variables[name] = assigned_value(*session, step->words[i], name.size());
  }
  if (call.words.empty()) co_return 0;
  call.session = session;
  call.input = std::move(streams.input);
  call.out = std::move(streams.out);
  call.err = std::move(streams.err);
  const int status = co_await run_words(std::move(call));
  if (!before.empty()) session->variables = std::move(before);
  co_return status;
}

Task<int> run_loop(Ref<Session> session, const Step* step, Streams streams) {
  int status = 0;
  const bool wanted = step->kind == Step::Kind::kWhile;
  while (!session->exits) {
    const int found = co_await run_list(session, &step->condition, streams);
    if (session->exits) co_return found;
    if ((found == 0) != wanted) break;
    status = co_await run_list(session, &step->body, streams);
  }
  co_return status;
}

Task<int> run_step(Ref<Session> session, const Step* step, Streams streams) {
  for (const Redirection& redirection : step->redirections) {
    const std::string error = redirect(session, redirection, streams);
    if (error.empty()) continue;
    const std::string line = "sh: " + error + "\n";
    streams.err->write(line);
    co_return 1;
  }
  int status = 0;
  switch (step->kind) {
    case Step::Kind::kCommand:
      status = co_await run_command(session, step, std::move(streams));
      break;
    case Step::Kind::kWhile:
    case Step::Kind::kUntil:
      status = co_await run_loop(session, step, std::move(streams));
      break;
    case Step::Kind::kGroup:
      status = co_await run_list(session, &step->body, std::move(streams));
      break;
    case Step::Kind::kIf: {
      const int found = co_await run_list(session, &step->condition, streams);
      if (session->exits) co_return found;
      const List* const branch = found == 0 ? &step->body : &step->otherwise;
      status = co_await run_list(session, branch, std::move(streams));
      break;
    }
  }
  co_return step->is_negated && !session->exits ? (status == 0 ? 1 : 0) : status;
}

Task<int> run_list(Ref<Session> session, const List* list, Streams streams) {
  int status = 0;
  for (const Step& step : *list) {
    if (step.joint == Step::Joint::kAnd && status != 0) continue;
    if (step.joint == Step::Joint::kOr && status == 0) continue;
    status = co_await run_step(session, &step, streams);
    session->status = status;
    if (session->exits) break;
  }
  co_return status;
}

}  // namespace

Task<int> run_words(Call call) {
  co_await node::compute(kCommandCost);
  const Applet* const applet = find_applet(call.words[0]);
  const bool is_here =
      applet != nullptr && (!applet->is_for_machines || call.session->container == nullptr);
  if (!is_here) {
    const int status = co_await run_program(std::move(call));
    co_return status;
  }
  if (applet->now != nullptr) co_return applet->now(call);
  const int status = co_await applet->later(std::move(call));
  co_return status;
}

Task<int> run_script(Ref<Session> session, Ref<Script> script, Streams streams) {
  if (!script->error.empty()) {
    const std::string line = "sh: " + script->error + "\n";
    streams.err->write(line);
    co_return 2;
  }
  const int status = co_await run_list(session, &script->steps, std::move(streams));
  co_return status;
}

Task<int> run_text(Ref<Session> session, std::string text, Streams streams) {
  const Ref<Script> script = read_script(text);
  const int status = co_await run_script(std::move(session), script, std::move(streams));
  co_return status;
}

}  // namespace sim::shell
