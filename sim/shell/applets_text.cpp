// sim/shell/applets_text.cpp: echo, head, printf, tail, test, wc.

#include <algorithm>
#include <charconv>

#include "engine/sync/timer.h"
#include "sim/shell/applet.h"

namespace sim::shell {
namespace {

std::optional<int64_t> number_of(std::string_view text) {
  int64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return out;
}

// Appends what follows a backslash at `at`; moves on to its last character.
void append_escape(std::string& out, std::string_view text, size_t& at) {
  constexpr std::string_view kLetters = "abfnrtv\\";
  constexpr std::string_view kMeanings = "\a\b\f\n\r\t\v\\";
  const char c = at + 1 < text.size() ? text[at + 1] : '\\';
  const size_t known = kLetters.find(c);
  if (at + 1 < text.size()) ++at;
  if (known != std::string_view::npos) {
    out += kMeanings[known];
  } else if (c == '0') {
    int value = 0;
    for (int i = 0; i < 3 && at + 1 < text.size() && text[at + 1] >= '0' && text[at + 1] <= '7';
         ++i) {
      value = value * 8 + (text[++at] - '0');
    }
    out += static_cast<char>(value);
  } else {
    out += '\\';
    out += c;
  }
}

std::string unescaped(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      append_escape(out, text, i);
    } else {
      out += text[i];
    }
  }
  return out;
}

// What head and tail are to do: `-n N`, `-N`, `-c N`, `-f`.
struct Cut {
  int64_t count = 10;
  bool is_bytes = false;
  bool follows = false;
  std::vector<std::string> paths;
  std::string wrong;
};

Cut cut_of(const Call& call) {
  Cut out;
  for (size_t i = 1; i < call.words.size(); ++i) {
    std::string_view word = call.words[i];
    if (word.size() < 2 || word[0] != '-') {
      out.paths.emplace_back(word);
      continue;
    }
    word.remove_prefix(1);
    if (word == "f" || word == "F") {
      out.follows = true;
      continue;
    }
    if (word[0] == 'n' || word[0] == 'c') {
      out.is_bytes = word[0] == 'c';
      word.remove_prefix(1);
      if (word.empty() && i + 1 < call.words.size()) word = call.words[++i];
    }
    const std::optional<int64_t> count = number_of(word.starts_with('+') ? word.substr(1) : word);
    if (!count) out.wrong = "invalid number '" + std::string(word) + "'";
    out.count = count.value_or(0);
  }
  return out;
}

std::string_view first_part(std::string_view text, const Cut& cut) {
  if (cut.is_bytes) return text.substr(0, static_cast<size_t>(std::max<int64_t>(0, cut.count)));
  size_t at = 0;
  for (int64_t i = 0; i < cut.count && at < text.size(); ++i) {
    const size_t end = text.find('\n', at);
    at = end == std::string_view::npos ? text.size() : end + 1;
  }
  return text.substr(0, at);
}

std::string_view last_part(std::string_view text, const Cut& cut) {
  const auto count = static_cast<size_t>(std::max<int64_t>(0, cut.count));
  if (cut.is_bytes) return text.substr(text.size() - std::min(text.size(), count));
  size_t at = text.size();
  for (size_t i = 0; i < count && at > 0; ++i) {
    const size_t end = at > 1 ? text.rfind('\n', at - 2) : std::string_view::npos;
    at = end == std::string_view::npos ? 0 : end + 1;
  }
  return text.substr(at);
}

int fail_to_open(const Call& call, std::string_view path, const engine::Error& error) {
  return call.fail("can't open '" + std::string(path) + "': " + error_text(error));
}

bool test_unary(const Session& session, char option, const std::string& value) {
  if (option == 'z') return value.empty();
  if (option == 'n') return !value.empty();
  const container::Container::Seen seen = session.files_at(value);
  const container::StatResult found = option == 'L' || option == 'h'
                                          ? seen.files->lstat(seen.inside)
                                          : seen.files->stat(seen.inside);
  if (found.error) return false;
  switch (option) {
    case 'd':
      return found.stat.kind == container::EntryKind::kDirectory;
    case 'f':
      return found.stat.kind == container::EntryKind::kFile;
    case 'L':
    case 'h':
      return found.stat.kind == container::EntryKind::kSymlink;
    case 's':
      return found.stat.size > 0;
    case 'x':
      return (found.stat.mode & 0111) != 0;
    default:
      return true;  // -e, -r, -w
  }
}

constexpr int kTestIsWrong = 2;

// 0 or 1; kTestIsWrong with `problem`.
int test_binary(const std::string& a, std::string_view op, const std::string& b,
                std::string& problem) {
  if (op == "=" || op == "==") return a == b ? 0 : 1;
  if (op == "!=") return a != b ? 0 : 1;
  const std::optional<int64_t> x = number_of(a);
  const std::optional<int64_t> y = number_of(b);
  if (!x || !y) {
    problem = (x ? b : a) + ": bad number";
    return kTestIsWrong;
  }
  const bool holds = op == "-eq"   ? *x == *y
                     : op == "-ne" ? *x != *y
                     : op == "-lt" ? *x < *y
                     : op == "-le" ? *x <= *y
                     : op == "-gt" ? *x > *y
                                   : *x >= *y;
  return holds ? 0 : 1;
}

}  // namespace

int run_echo(const Call& call) {
  size_t first = 1;
  bool ends_line = true;
  bool escapes = false;
  for (; first < call.words.size(); ++first) {
    const std::string& word = call.words[first];
    if (word.size() < 2 || word[0] != '-' ||
        word.find_first_not_of("neE", 1) != std::string::npos) {
      break;
    }
    if (word.find('n') != std::string::npos) ends_line = false;
    if (word.find('e') != std::string::npos) escapes = true;
  }
  std::string out;
  for (size_t i = first; i < call.words.size(); ++i) {
    if (i > first) out += ' ';
    out += escapes ? unescaped(call.words[i]) : call.words[i];
  }
  if (ends_line) out += '\n';
  call.out->write(out);
  return 0;
}

int run_printf(const Call& call) {
  if (call.words.size() < 2) {
    call.err->write("usage: printf FORMAT [ARGUMENT...]\n");
    return 1;
  }
  const std::string& format = call.words[1];
  size_t next = 2;
  std::string out;
  // The format is used again while there are words left.
  do {
    const size_t before = next;
    for (size_t i = 0; i < format.size(); ++i) {
      if (format[i] == '\\') {
        append_escape(out, format, i);
      } else if (format[i] != '%' || i + 1 == format.size()) {
        out += format[i];
      } else if (format[++i] == '%') {
        out += '%';
      } else {
        const std::string word = next < call.words.size() ? call.words[next] : std::string();
        ++next;
        if (format[i] == 'd' || format[i] == 'i' || format[i] == 'u') {
          engine::append_operand(out, number_of(word).value_or(0));
        } else {
          out += format[i] == 'b' ? unescaped(word) : word;
        }
      }
    }
    if (next == before) break;
  } while (next < call.words.size());
  call.out->write(out);
  return 0;
}

int run_head(const Call& call) {
  const Cut cut = cut_of(call);
  if (!cut.wrong.empty()) return call.fail(cut.wrong);
  if (cut.paths.empty()) call.out->write(first_part(call.input, cut));
  int status = 0;
  for (const std::string& path : cut.paths) {
    const container::FileRead read = call.session->read(path);
    if (read.error) {
      status = fail_to_open(call, path, read.error);
      continue;
    }
    call.out->write(first_part(read.bytes, cut));
  }
  return status;
}

engine::Task<int> run_tail(Call call) {
  const Cut cut = cut_of(call);
  if (!cut.wrong.empty()) co_return call.fail(cut.wrong);
  if (cut.paths.empty()) call.out->write(last_part(call.input, cut));
  int status = 0;
  size_t seen = 0;
  for (const std::string& path : cut.paths) {
    const container::FileRead read = call.session->read(path);
    if (read.error) {
      status = fail_to_open(call, path, read.error);
      continue;
    }
    call.out->write(last_part(read.bytes, cut));
    seen = read.bytes.size();
  }
  if (cut.follows && cut.paths.empty())
    co_await engine::sleep_for(engine::kEndOfTime - engine::now());
  // As busybox, it looks once a second.
  while (cut.follows && status == 0) {
    co_await engine::sleep_for(engine::kSecond);
    const container::FileRead read = call.session->read(cut.paths.back());
    if (read.bytes.size() < seen) seen = 0;
    if (read.bytes.size() > seen) call.out->write(std::string_view(read.bytes).substr(seen));
    seen = read.bytes.size();
  }
  co_return status;
}

int run_test(const Call& call) {
  std::vector<std::string> words(call.words.begin() + 1, call.words.end());
  if (call.words[0] == "[") {
    if (words.empty() || words.back() != "]") return call.fail("missing ]", kTestIsWrong);
    words.pop_back();
  }
  bool wanted = true;
  while (words.size() > 1 && words[0] == "!") {
    wanted = !wanted;
    words.erase(words.begin());
  }
  int status = 1;
  if (words.size() == 1) {
    status = words[0].empty() ? 1 : 0;
  } else if (words.size() == 2 && words[0].size() == 2 && words[0][0] == '-') {
    status = test_unary(*call.session, words[0][1], words[1]) ? 0 : 1;
  } else if (words.size() == 3) {
    constexpr std::string_view kOperators[] = {"=",   "==",  "!=",  "-eq", "-ne",
                                               "-lt", "-le", "-gt", "-ge"};
    if (std::find(std::begin(kOperators), std::end(kOperators), words[1]) == std::end(kOperators)) {
      return call.fail(words[1] + ": unknown operand", kTestIsWrong);
    }
    std::string problem;
    status = test_binary(words[0], words[1], words[2], problem);
    if (status == kTestIsWrong) return call.fail(problem, status);
  } else if (words.size() > 3) {
    return call.fail(words[3] + ": unknown operand", kTestIsWrong);
  }
  return (status == 0) == wanted ? 0 : 1;
}

int run_wc(const Call& call) {
  std::string options;
  std::vector<std::string> paths;
  for (size_t i = 1; i < call.words.size(); ++i) {
    const std::string& word = call.words[i];
    if (word.size() > 1 && word[0] == '-') {
      options += word.substr(1);
    } else {
      paths.push_back(word);
    }
  }
  const auto shows = [&](char option) {
    return options.empty() || options.find(option) != std::string::npos;
  };
  int status = 0;
  const bool is_input = paths.empty();
  if (is_input) paths.emplace_back();
  for (const std::string& path : paths) {
    const container::FileRead read =
        is_input ? container::FileRead{call.input, nullptr} : call.session->read(path);
    if (read.error) {
      status = call.fail(path + ": " + error_text(read.error));
      continue;
    }
    int64_t lines = 0;
    int64_t words = 0;
    bool in_word = false;
    for (const char c : read.bytes) {
      const bool is_blank = c == ' ' || c == '\n' || c == '\t' || c == '\r';
      if (c == '\n') ++lines;
      if (!is_blank && !in_word) ++words;
      in_word = !is_blank;
    }
    std::string out;
    const int64_t counts[] = {lines, words, static_cast<int64_t>(read.bytes.size())};
    for (size_t i = 0; i < 3; ++i) {
      if (!shows("lwc"[i])) continue;
      std::string count;
      engine::append_operand(count, counts[i]);
      // One number alone is not padded.
      if (options.size() != 1) {
        constexpr size_t kWidth = 9;
        count.insert(0, kWidth - std::min(kWidth, count.size()), ' ');
      }
      if (!out.empty() && options.size() != 1) out += ' ';
      out += count;
    }
    if (!is_input) out += " " + path;
    out += '\n';
    call.out->write(out);
  }
  return status;
}

}  // namespace sim::shell
