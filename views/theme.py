"""The page's look in Gradio's theme API; system fonts only, so that nothing is fetched."""

import gradio as gr

FONTS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif")
MONO_FONTS = ("ui-monospace", "SFMono-Regular", "Menlo", "monospace")


def build_theme() -> gr.themes.Base:
    """Return the theme, light and dark."""
    theme = gr.themes.Base(
        primary_hue=gr.themes.colors.teal,
        neutral_hue=gr.themes.colors.slate,
        radius_size=gr.themes.sizes.radius_md,
        font=list(FONTS),
        font_mono=list(MONO_FONTS),
    )
    return theme.set(
        body_background_fill="#f6f7f5",
        body_background_fill_dark="#12171c",
        block_background_fill="#ffffff",
        block_background_fill_dark="#1a2128",
        block_border_width="1px",
        block_label_text_color="#334155",
        block_label_text_color_dark="#cbd5e1",
        input_background_fill="#ffffff",
        input_background_fill_dark="#12171c",
        input_placeholder_color="#64748b",
        input_placeholder_color_dark="#94a3b8",
        button_primary_background_fill="#0f766e",
        button_primary_background_fill_hover="#115e59",
        button_primary_background_fill_dark="#0f766e",
        button_primary_background_fill_hover_dark="#115e59",
        button_primary_text_color="#ffffff",
        button_secondary_background_fill="#ffffff",
        button_secondary_background_fill_dark="#1a2128",
        button_border_width="1px",
        button_border_width_dark="1px",
        button_secondary_border_color="#cbd5e1",
        button_secondary_border_color_dark="#3b4754",
    )
