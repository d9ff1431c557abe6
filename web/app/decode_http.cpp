#include "web/app/decode_http.h"

#include <deque>
#include <utility>

#include "sim/http/parser.h"

namespace web {
namespace {

using sim::http::Parser;

class Http1Decoder final : public StreamDecoder {
 public:
  void feed(Side side, uint64_t offset, std::string_view bytes, Decoding& out) override {
    Direction& direction = directions_[static_cast<size_t>(side)];
    std::string_view input = bytes;
    while (!direction.is_lost) {
      if (side == Side::kServer && !methods_.empty()) {
        direction.parser.expect_response_to(methods_.front());
      }
      const std::string_view before = input;
      const Parser::Event event = direction.parser.next(input);
      const uint64_t at = offset + (bytes.size() - before.size());
      take(side, event, at, before.substr(0, before.size() - input.size()), out);
      if (event == Parser::Event::need_bytes) return;
    }
    if (!input.empty()) {
      const uint64_t at = offset + (bytes.size() - input.size());
      out.say(side, at, at + input.size(), preview(input, 72));
    }
  }

  void finish(Side side, Decoding& out) override {
    Direction& direction = directions_[static_cast<size_t>(side)];
    if (direction.is_lost || direction.parser.finish() != Parser::Event::end) return;
    end_message(side, direction.begin + direction.held.size(), out);
  }

 private:
  struct Direction {
    explicit Direction(Parser::Kind kind) : parser(kind) {}
    Parser parser;
    std::string held;    // bytes that no line tells of yet
    uint64_t begin = 0;  // where they begin, or where the next ones will
    bool is_in_message = false;
    bool is_lost = false;  // not HTTP/1.1 any more
  };

  void take(Side side, Parser::Event event, uint64_t at, std::string_view used, Decoding& out) {
    Direction& direction = directions_[static_cast<size_t>(side)];
    if (direction.held.empty()) direction.begin = at;
    if (!used.empty() && !direction.is_in_message) begin_message(side, at, out);
    const std::string_view body =
        event == Parser::Event::body ? direction.parser.body() : std::string_view();
    direction.held += used.substr(0, used.size() - body.size());
    switch (event) {
      case Parser::Event::need_bytes:
        return;
      case Parser::Event::head:
        tell_lines(side, out);
        take_head(side, out);
        return;
      case Parser::Event::body: {
        tell_lines(side, out);
        const uint64_t begin = at + used.size() - body.size();
        direction.begin = begin + body.size();
        out.say(side, begin, direction.begin, "body: " + preview(body, 72));
        return;
      }
      case Parser::Event::end:
        tell_lines(side, out);
        end_message(side, at + used.size(), out);
        return;
      case Parser::Event::closed:
      case Parser::Event::refused:
        tell_lines(side, out);
        direction.is_lost = true;
        if (event == Parser::Event::refused) {
          out.say(side, direction.begin, direction.begin,
                  "not HTTP/1.1: " + std::string(direction.parser.refusal().text));
        }
        return;
    }
  }

  // One line for each that was sent.
  void tell_lines(Side side, Decoding& out) {
    Direction& direction = directions_[static_cast<size_t>(side)];
    std::string_view rest = direction.held;
    while (!rest.empty()) {
      const size_t newline = rest.find('\n');
      const size_t length = newline == std::string_view::npos ? rest.size() : newline + 1;
      std::string_view text = rest.substr(0, length);
      while (!text.empty() && (text.back() == '\r' || text.back() == '\n')) text.remove_suffix(1);
      out.say(side, direction.begin, direction.begin + length,
              text.empty() ? "(empty line)" : std::string(text));
      direction.begin += length;
      rest.remove_prefix(length);
    }
    direction.held.clear();
  }

  void begin_message(Side side, uint64_t at, Decoding& out) {
    directions_[static_cast<size_t>(side)].is_in_message = true;
    if (side == Side::kClient) {
      Exchange next;
      next.request = "a request";
      next.request_begin = at;
      out.exchanges.push_back(std::move(next));
      return;
    }
    if (answered_ >= out.exchanges.size()) return;
    Exchange& exchange = out.exchanges[answered_];
    if (!exchange.has_response) exchange.response_begin = at;
    exchange.has_response = true;
  }

  void take_head(Side side, Decoding& out) {
    Direction& direction = directions_[static_cast<size_t>(side)];
    if (side == Side::kClient) {
      const sim::http::RequestHead& head = direction.parser.request();
      out.exchanges.back().request = head.method + " " + head.target;
      methods_.push_back(head.method);
      return;
    }
    if (answered_ >= out.exchanges.size()) return;
    const sim::http::ResponseHead& head = direction.parser.response();
    Exchange& exchange = out.exchanges[answered_];
    exchange.response =
        std::to_string(head.status) + " " +
        (head.reason.empty() ? std::string(sim::http::status_text(head.status)) : head.reason);
    constexpr int kFirstError = 400;
    exchange.failed = head.status >= kFirstError;
    is_interim_ = head.status < 200 && head.status != 101;
  }

  void end_message(Side side, uint64_t at, Decoding& out) {
    directions_[static_cast<size_t>(side)].is_in_message = false;
    if (side == Side::kClient) {
      out.exchanges.back().request_end = at;
      return;
    }
    if (std::exchange(is_interim_, false) || answered_ >= out.exchanges.size()) return;
    out.exchanges[answered_++].response_end = at;
    if (!methods_.empty()) methods_.pop_front();
  }

  Direction directions_[2] = {Direction(Parser::Kind::request), Direction(Parser::Kind::response)};
  std::deque<std::string> methods_;  // of the requests that are not answered
  size_t answered_ = 0;
  bool is_interim_ = false;
};

bool begins_request(std::string_view bytes) {
  constexpr std::string_view kMethods[] = {"GET ",     "HEAD ",    "POST ",  "PUT ",  "DELETE ",
                                           "CONNECT ", "OPTIONS ", "TRACE ", "PATCH "};
  for (const std::string_view method : kMethods) {
    if (bytes.starts_with(method)) return true;
  }
  return false;
}

}  // namespace

std::unique_ptr<StreamDecoder> http_decoder_for(Side side, std::string_view first, Decoding& out) {
  if (side == Side::kClient && first.starts_with("PRI * HTTP/2.0")) return http2_decoder(out);
  const bool is_http1 =
      side == Side::kClient ? begins_request(first) : first.starts_with("HTTP/1.");
  if (!is_http1) return nullptr;
  out.protocol = "HTTP/1.1";
  return std::make_unique<Http1Decoder>();
}

}  // namespace web
