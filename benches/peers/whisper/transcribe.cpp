// Transcribes clips with whisper.cpp and says how long each took: `transcribe MODEL defaults|tuned`.
//
// Read from the standard input, again and again: a line "MAX_TOKENS SAMPLES" and so many 32-bit floats (mono, 16 kHz);
// MAX_TOKENS is 0 for no bound. Written: a line of milliseconds, a tab and the text.
//
// "defaults" is what whisper-cli 1.8 does when it is told nothing: the whole context of 30 s, five beams, the best of five at each
// temperature that it falls back to, timestamps, flash attention, min(4, cores) threads. "tuned" is what its users arrive at for
// short utterances: a context that fits the clip (seconds / 30 * 1500 + 128), the likeliest token at each step, no fallback, no
// timestamps, one segment; without flash attention, which is slower on a processor.

#include "whisper.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

static const size_t SAMPLES_MAX = 30 * WHISPER_SAMPLE_RATE;

static void say_nothing(ggml_log_level, const char *, void *) {}

int main(int count, char ** arguments) {
    if (count != 3) {
        std::fprintf(stderr, "usage: transcribe MODEL defaults|tuned\n");
        return 2;
    }
    const bool tuned = std::strcmp(arguments[2], "tuned") == 0;
    whisper_log_set(say_nothing, nullptr);
    whisper_context_params context_params = whisper_context_default_params();
    context_params.use_gpu = false;
    context_params.flash_attn = !tuned;
    whisper_context * context = whisper_init_from_file_with_params(arguments[1], context_params);
    if (context == nullptr) {
        std::fprintf(stderr, "the model cannot be loaded: %s\n", arguments[1]);
        return 1;
    }
    int max_tokens = 0;
    unsigned long samples = 0;
    while (std::scanf("%d %lu", &max_tokens, &samples) == 2 && std::getchar() == '\n' && samples <= SAMPLES_MAX) {
        std::vector<float> clip(samples);
        if (std::fread(clip.data(), sizeof(float), samples, stdin) != samples) {
            break;
        }
        // Threads, best_of, the fallback and its limits are those of the library, which whisper-cli takes over.
        whisper_full_params params =
            whisper_full_default_params(tuned ? WHISPER_SAMPLING_GREEDY : WHISPER_SAMPLING_BEAM_SEARCH);
        params.print_progress = false;
        params.print_timestamps = false;
        params.max_tokens = max_tokens;
        if (tuned) {
            const int fits = static_cast<int>(samples / 30.0 / WHISPER_SAMPLE_RATE * 1500.0) + 128;
            params.audio_ctx = std::min(fits, whisper_n_audio_ctx(context));
            params.greedy.best_of = 1;
            params.temperature_inc = 0.0f;
            params.no_timestamps = true;
            params.single_segment = true;
        }
        const auto begun = std::chrono::steady_clock::now();
        if (whisper_full(context, params, clip.data(), static_cast<int>(clip.size())) != 0) {
            std::fprintf(stderr, "a clip cannot be transcribed\n");
            return 1;
        }
        const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begun;
        std::string text;
        for (int i = 0; i < whisper_full_n_segments(context); i++) {
            text += whisper_full_get_segment_text(context, i);
        }
        std::replace(text.begin(), text.end(), '\n', ' ');
        std::printf("%.1f\t%s\n", took.count(), text.c_str());
        std::fflush(stdout);
    }
    whisper_free(context);
    return 0;
}
