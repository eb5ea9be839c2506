// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICheckpoints} from "./interfaces/ICheckpoints.sol";
import {IDirectory} from "./interfaces/IDirectory.sol";
import {CheckpointWord, CheckpointWordLibrary} from "./libraries/CheckpointWord.sol";
import {Rfc6962} from "./libraries/Rfc6962.sol";

/// @title Checkpoints
/// @notice See ICheckpoints.
contract Checkpoints is ICheckpoints {
    /// @inheritdoc ICheckpoints
    string public constant override version = "1.0.0";

    /// @inheritdoc ICheckpoints
    IDirectory public immutable override directory;

    /// @dev One level of mapping costs less to look up than two; for the key see `_key`.
    mapping(uint256 organizationAndStream => CheckpointWord) private _words;

    /// @param directory_ Where operators are looked up.
    constructor(IDirectory directory_) {
        directory = directory_;
    }

    /// @inheritdoc ICheckpoints
    function post(uint8 stream, Checkpoint calldata next) external override {
        uint32 organization = directory.organizationOf(msg.sender);
        if (organization == 0) revert Checkpoints_NotOperator(msg.sender);
        uint256 key = _key(organization, stream);
        uint64 last = _words[key].size();
        // Each member is read once: reading one from call data includes checking its range.
        uint64 size = next.size;
        if (size <= last) revert Checkpoints_NotGrowing(organization, stream, last, size);
        if (size > type(uint40).max) revert Checkpoints_TooLarge(organization, stream, size);
        bytes32 root = next.root;
        uint32 time = uint32(block.timestamp);
        _words[key] = CheckpointWordLibrary.pack(root, size, time);
        emit CheckpointPosted(organization, stream, root, size, time);
    }

    /// @inheritdoc ICheckpoints
    function word(uint32 organization, uint8 stream) external view override returns (bytes32) {
        return CheckpointWord.unwrap(_words[_key(organization, stream)]);
    }

    /// @inheritdoc ICheckpoints
    function latest(uint32 organization, uint8 stream) external view override returns (uint64 size, uint32 time) {
        CheckpointWord stored = _words[_key(organization, stream)];
        return (stored.size(), stored.time());
    }

    /// @inheritdoc ICheckpoints
    function matches(uint32 organization, uint8 stream, Checkpoint calldata checkpoint)
        public
        view
        override
        returns (bool matched, uint32 time)
    {
        CheckpointWord stored = _words[_key(organization, stream)];
        matched = stored.holds(checkpoint.root, checkpoint.size);
        if (matched) time = stored.time();
    }

    /// @inheritdoc ICheckpoints
    function includes(
        uint32 organization,
        uint8 stream,
        Checkpoint calldata checkpoint,
        bytes32 leafHash,
        uint64 index,
        bytes32[] calldata proof
    ) external view override returns (bool) {
        (bool matched,) = matches(organization, stream, checkpoint);
        return matched && Rfc6962.includes(checkpoint.root, checkpoint.size, leafHash, index, proof);
    }

    function _key(uint32 organization, uint8 stream) private pure returns (uint256) {
        return (uint256(organization) << 8) | stream;
    }
}
