use png::{BitDepth, ColorType, Compression, Decoder, Encoder, Filter, PixelDimensions};

/// The same picture as a smaller PNG: viz packs for speed, but the page is read more often than it is written, and may
/// be kept in a repository. What cannot be repacked stays as it is.
pub(crate) fn squeezed(picture: Vec<u8>) -> Vec<u8> {
    match repacked(&picture) {
        Some(smaller) if smaller.len() < picture.len() => smaller,
        _ => picture,
    }
}

fn repacked(picture: &[u8]) -> Option<Vec<u8>> {
    let mut reader = Decoder::new(std::io::Cursor::new(picture)).read_info().ok()?;
    let mut pixels = vec![0; reader.output_buffer_size()?];
    let info = reader.next_frame(&mut pixels).ok()?;
    if (info.color_type, info.bit_depth) != (ColorType::Rgb, BitDepth::Eight) {
        return None;
    }
    let density: Option<PixelDimensions> = reader.info().pixel_dims;
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, info.width, info.height);
    encoder.set_color(ColorType::Rgb);
    encoder.set_compression(Compression::Balanced);
    encoder.set_filter(Filter::NoFilter);
    encoder.set_pixel_dims(density);
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(&pixels[..info.buffer_size()]).ok()?;
    writer.finish().ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use viz::{Figure, Marker, Panel, Series, Shape};

    fn pixels(picture: &[u8]) -> Vec<u8> {
        let mut reader = Decoder::new(std::io::Cursor::new(picture)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        pixels
    }

    #[test]
    fn a_smaller_file_has_the_same_pixels() {
        let y: Vec<f32> = (0..500_u16).map(|i| f32::from(i).sin()).collect();
        let panel = Panel::new().series(Series::indexed(&y, Marker::new(Shape::Circle)));
        let picture = Figure::new(3.0, 2.0).dpi(96).panel(panel).to_png().unwrap();
        let smaller = squeezed(picture.clone());
        assert!(smaller.len() < picture.len(), "{} of {}", smaller.len(), picture.len());
        assert_eq!(pixels(&smaller), pixels(&picture));
        assert_eq!(squeezed(b"no picture".to_vec()), b"no picture");
    }
}
