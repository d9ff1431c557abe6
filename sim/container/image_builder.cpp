#include "sim/container/image_builder.h"

#include <cstddef>
#include <set>
#include <utility>

#include "engine/task/print.h"
#include "engine/world/check.h"

namespace sim::container {
namespace {

constexpr std::string_view kMark = " # buildkit";

std::string joined(std::string_view a, std::string_view b) {
  std::string out(a);
  out += b;
  return out;
}

/// What Go's %q gives for a character inside of quotes.
void append_escaped(std::string& out, char c, char quote) {
  constexpr std::string_view kHexDigits = "0123456789abcdef";
  constexpr std::string_view kPlain = "\a\b\f\n\r\t\v";
  constexpr std::string_view kLetters = "abfnrtv";
  const auto byte = static_cast<unsigned char>(c);
  if (c == quote || c == '\\') {
    out += '\\';
    out += c;
  } else if (const size_t at = kPlain.find(c); at != std::string_view::npos) {
    out += '\\';
    out += kLetters[at];
  } else if (byte < 0x20 || byte == 0x7f) {
    out += "\\x";
    out += kHexDigits[byte >> 4];
    out += kHexDigits[byte & 15];
  } else {
    out += c;
  }
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) append_escaped(out, c, '"');
  out += '"';
}

void append_quoted(std::string& out, const std::vector<std::string>& texts) {
  out += '[';
  for (size_t i = 0; i < texts.size(); ++i) {
    if (i > 0) out += ' ';
    append_quoted(out, texts[i]);
  }
  out += ']';
}

/// A check as BuildKit's %q shows it: `&{["CMD" "x"] "30s" "0s" "0s" "0s" '\x03'}`. The number of
/// retries is quoted as a character.
std::string healthcheck_text(const HealthCheck& check) {
  std::string out = "&{";
  append_quoted(out, check.test);
  for (const engine::Duration length :
       {check.interval, check.timeout, check.start_period, check.start_interval}) {
    out += ' ';
    append_quoted(out, engine::duration_text(length));
  }
  out += " '";
  if (check.retries >= 0 && check.retries < 0x80) {
    append_escaped(out, static_cast<char>(check.retries), '\'');
  } else {
    engine::append_operand(out, check.retries);
  }
  out += "'}";
  return out;
}

/// Puts `file` at `path`, with the directories above it.
engine::Error place_file(UnionFs& files, const std::string& path, const BuildFile& file) {
  WriteResult made = files.make_directories(parent_path(path));
  if (made.error) return made.error;
  made = file.sized_bytes < 0 ? files.write(path, file.text, file.mode)
                              : files.write_sized(path, file.sized_bytes, file.text, file.mode);
  if (made.error) return made.error;
  return files.chmod(path, file.mode).error;
}

}  // namespace

ImageBuilder::ImageBuilder(int64_t created_s) : stack_(new LayerStack({})), created_s_(created_s) {}

ImageBuilder::ImageBuilder(const engine::Ref<Image>& base, int64_t created_s)
    : created_s_(created_s) {
  ENGINE_CHECK(base.get() != nullptr);
  config_ = base->config();
  stack_ = base->stack();
}

ImageBuilder& ImageBuilder::at(int64_t created_s) {
  created_s_ = created_s;
  return *this;
}

ImageBuilder& ImageBuilder::platform(std::string_view os, std::string_view architecture) {
  config_.os = os;
  config_.architecture = architecture;
  return *this;
}

History ImageBuilder::step(std::string created_by, bool empty_layer) const {
  return {created_s_, std::move(created_by), std::string(kHistoryComment), empty_layer};
}

ImageBuilder& ImageBuilder::record(std::string created_by) {
  if (!error_) config_.history.push_back(step(std::move(created_by), true));
  return *this;
}

ImageBuilder& ImageBuilder::layer(std::string created_by, const FileChanges& changes) {
  if (error_) return *this;
  std::vector<engine::Ref<Layer>> layers(stack_->layers().begin(), stack_->layers().end());
  if (static_cast<int64_t>(layers.size()) >= kLayersMax) {
    error_ = kMaxDepthExceeded;
    return *this;
  }
  UnionFs files(stack_);
  if (const engine::Error failed = changes(files)) {
    error_ = engine::errorf(created_by, ": ", failed);
    return *this;
  }
  engine::Ref<Layer> made = files.commit();
  config_.diff_ids.push_back(made->diff_id());
  layers.push_back(std::move(made));
  stack_ = engine::Ref<LayerStack>(new LayerStack(std::move(layers)));
  config_.history.push_back(step(std::move(created_by), false));
  return *this;
}

ImageBuilder& ImageBuilder::place(std::string_view instruction, std::string_view sources,
                                  std::string_view destination,
                                  const std::vector<BuildFile>& files) {
  const std::string base = clean_path(config_.working_dir);
  const std::string into = clean_path(destination, base);
  std::string created_by(instruction);
  for (const std::string_view part : {sources, destination}) {
    created_by += ' ';
    created_by += part;
  }
  created_by += kMark;
  return layer(std::move(created_by), [&](UnionFs& tree) -> engine::Error {
    for (const BuildFile& file : files) {
      const std::string path = file.path.empty() ? into : clean_path(file.path, into);
      if (engine::Error error = place_file(tree, path, file)) return error;
    }
    return {};
  });
}

ImageBuilder& ImageBuilder::copy(std::string_view sources, std::string_view destination,
                                 const std::vector<BuildFile>& files) {
  return place("COPY", sources, destination, files);
}

ImageBuilder& ImageBuilder::add(std::string_view sources, std::string_view destination,
                                const std::vector<BuildFile>& files) {
  return place("ADD", sources, destination, files);
}

ImageBuilder& ImageBuilder::run(std::string_view command, const FileChanges& changes) {
  std::string created_by = joined("RUN /bin/sh -c ", command);
  created_by += kMark;
  return layer(std::move(created_by), changes);
}

ImageBuilder& ImageBuilder::workdir(std::string_view path) {
  const std::string directory = clean_path(path, clean_path(config_.working_dir));
  std::string created_by = joined("WORKDIR ", directory);
  if (!error_) config_.working_dir = directory;
  if (directory == "/") return record(std::move(created_by));
  return layer(std::move(created_by),
               [&directory](UnionFs& files) { return files.make_directories(directory).error; });
}

ImageBuilder& ImageBuilder::env(std::string_view key, std::string_view value) {
  return env({{std::string(key), std::string(value)}});
}

ImageBuilder& ImageBuilder::env(const std::vector<std::pair<std::string, std::string>>& variables) {
  std::string created_by = "ENV";
  for (const auto& [key, value] : variables) {
    config_.set_env(key, value);
    created_by += ' ';
    created_by += key;
    created_by += '=';
    created_by += value;
  }
  return record(std::move(created_by));
}

ImageBuilder& ImageBuilder::label(std::string_view key, std::string_view value) {
  config_.labels.insert_or_assign(std::string(key), std::string(value));
  std::string created_by = joined("LABEL ", key);
  created_by += '=';
  created_by += value;
  return record(std::move(created_by));
}

ImageBuilder& ImageBuilder::entrypoint(std::vector<std::string> arguments) {
  std::string created_by = "ENTRYPOINT ";
  append_quoted(created_by, arguments);
  config_.entrypoint = std::move(arguments);
  if (!cmd_set_) config_.cmd.clear();
  return record(std::move(created_by));
}

ImageBuilder& ImageBuilder::cmd(std::vector<std::string> arguments) {
  std::string created_by = "CMD ";
  append_quoted(created_by, arguments);
  config_.cmd = std::move(arguments);
  cmd_set_ = true;
  return record(std::move(created_by));
}

ImageBuilder& ImageBuilder::user(std::string_view name) {
  config_.user = name;
  return record(joined("USER ", name));
}

ImageBuilder& ImageBuilder::expose(const std::vector<std::string>& ports) {
  std::set<std::string> sorted;
  for (const std::string& port : ports) {
    sorted.insert(port.find('/') == std::string::npos ? port + "/tcp" : port);
  }
  std::string created_by = "EXPOSE map[";
  for (const std::string& port : sorted) {
    if (!created_by.ends_with('[')) created_by += ' ';
    created_by += port;
    created_by += ":{}";
  }
  created_by += ']';
  config_.exposed_ports.merge(sorted);
  return record(std::move(created_by));
}

ImageBuilder& ImageBuilder::stop_signal(std::string_view name) {
  config_.stop_signal = name;
  return record(joined("STOPSIGNAL ", name));
}

ImageBuilder& ImageBuilder::healthcheck(HealthCheck check) {
  std::string created_by = joined("HEALTHCHECK ", healthcheck_text(check));
  config_.healthcheck = std::move(check);
  return record(std::move(created_by));
}

BuildResult ImageBuilder::build() const {
  if (error_) return {{}, error_};
  ImageConfig config = config_;
  config.created_s = created_s_;
  return {engine::Ref<Image>(new Image(std::move(config), stack_)), {}};
}

}  // namespace sim::container
