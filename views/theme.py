"""The page's look; system fonts, so nothing is fetched."""

import gradio as gr

FONTS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif")
MONO_FONTS = ("ui-monospace", "SFMono-Regular", "Menlo", "monospace")
# Gradio's name of a colour, or of a width -> in the light, in the dark.
COLOURS = {
    "body_background_fill": ("#f6f7f5", "#12171c"),
    "block_background_fill": ("#ffffff", "#1a2128"),
    "block_label_text_color": ("#334155", "#cbd5e1"),
    "input_background_fill": ("#ffffff", "#12171c"),
    "input_placeholder_color": ("#64748b", "#94a3b8"),
    "button_primary_background_fill": ("#0f766e", "#0f766e"),
    "button_primary_background_fill_hover": ("#115e59", "#115e59"),
    "button_secondary_background_fill": ("#ffffff", "#1a2128"),
    "button_secondary_border_color": ("#cbd5e1", "#3b4754"),
    "button_border_width": ("1px", "1px"),
}


def build_theme() -> gr.themes.Base:
    """Return the theme, light and dark."""
    theme = gr.themes.Base(
        primary_hue=gr.themes.colors.teal,
        neutral_hue=gr.themes.colors.slate,
        radius_size=gr.themes.sizes.radius_md,
        font=list(FONTS),
        font_mono=list(MONO_FONTS),
    )
    light = {name: value for name, (value, _) in COLOURS.items()}
    dark = {f"{name}_dark": value for name, (_, value) in COLOURS.items()}
    return theme.set(**light, **dark, block_border_width="1px", button_primary_text_color="#ffffff")
