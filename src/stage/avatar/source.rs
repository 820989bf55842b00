//! Where avatars' files come from: each is checked, converted if it is of VRM 0.x, and mended before the engine sees it.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use bevy::{
    asset::io::{
        AssetReader, AssetReaderError, AssetSourceBuilder, PathStream, Reader, VecReader,
        file::FileAssetReader,
    },
    prelude::*,
};

use super::clips::AssetFolder;
use crate::vrm;

/// The source's name, before `://` in an asset's path.
pub(super) const NAME: &str = "avatar";

/// Registers the source. To be called before the engine's asset plugin is added.
pub fn register(app: &mut App, assets: &Path) {
    // As the engine's own source does: a relative folder lies beside the program.
    let root = FileAssetReader::get_base_path().join(assets);
    app.insert_resource(AssetFolder(root.clone()));
    app.register_asset_source(
        NAME,
        AssetSourceBuilder::new(move || Box::new(Avatars { root: root.clone() })),
    );
}

/// Reads avatars below the folder of assets.
struct Avatars {
    root: PathBuf,
}

impl AssetReader for Avatars {
    async fn read<'a>(&'a self, path: &'a Path) -> Result<impl Reader + 'a, AssetReaderError> {
        let ready = prepare(&self.root.join(path));
        ready.map(VecReader::new).map_err(|why| AssetReaderError::Io(Arc::new(io::Error::other(why))))
    }

    async fn read_meta<'a>(&'a self, path: &'a Path) -> Result<impl Reader + 'a, AssetReaderError> {
        Err::<VecReader, _>(AssetReaderError::NotFound(path.to_owned()))
    }

    async fn read_directory<'a>(&'a self, path: &'a Path) -> Result<Box<PathStream>, AssetReaderError> {
        Err(AssetReaderError::NotFound(path.to_owned()))
    }

    async fn is_directory<'a>(&'a self, _: &'a Path) -> Result<bool, AssetReaderError> {
        Ok(false)
    }
}

/// The bytes that the engine is to see, or why there are none.
fn prepare(file: &Path) -> Result<Vec<u8>, String> {
    let size = std::fs::metadata(file).map_err(|e| e.to_string())?.len();
    if size > vrm::FILE_MAX_BYTES as u64 {
        return Err(format!("it has {size} bytes, more than the {} allowed", vrm::FILE_MAX_BYTES));
    }
    let bytes = std::fs::read(file).map_err(|e| e.to_string())?;
    let vrm::Prepared { bytes, report } = vrm::prepare(&bytes).map_err(|e| e.to_string())?;
    tracing::info!(file = %file.display(), avatar = report.name, version = ?report.version, "avatar read");
    for finding in report.findings.iter().filter(|f| f.severity > vrm::Severity::Note) {
        tracing::warn!("{}: {finding}", file.display());
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_avatars_that_come_with_the_program_are_ready() {
        let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/avatars");
        for name in ["concierge.vrm", "steward.vrm"] {
            assert!(prepare(&assets.join(name)).unwrap().starts_with(b"glTF"), "{name}");
        }
    }

    #[test]
    fn what_is_no_avatar_is_refused_in_words() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("odd.vrm");
        std::fs::write(&file, b"glTF and then nothing").unwrap();
        assert!(prepare(&file).is_err());
        assert!(prepare(folder.path()).is_err() && prepare(&folder.path().join("nobody.vrm")).is_err());
        // Longer than any avatar may be, without its bytes on the disk.
        std::fs::File::create(&file).unwrap().set_len(vrm::FILE_MAX_BYTES as u64 + 1).unwrap();
        assert!(prepare(&file).unwrap_err().contains("more than"));
    }
}
