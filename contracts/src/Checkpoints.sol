// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICheckpoints} from "./interfaces/ICheckpoints.sol";
import {IDirectory} from "./interfaces/IDirectory.sol";
import {Rfc6962} from "./libraries/Rfc6962.sol";

/// @title Checkpoints
/// @notice See ICheckpoints.
contract Checkpoints is ICheckpoints {
    /// @inheritdoc ICheckpoints
    string public constant override version = "1.0.0";

    /// @inheritdoc ICheckpoints
    IDirectory public immutable override directory;

    mapping(uint32 organization => mapping(uint8 stream => bytes32)) private _words;

    /// @param directory_ Where operators are looked up.
    constructor(IDirectory directory_) {
        directory = directory_;
    }

    /// @inheritdoc ICheckpoints
    function post(uint8 stream, Checkpoint calldata previous, Checkpoint calldata next) external override {
        uint32 organization = directory.organizationOf(msg.sender);
        if (organization == 0) revert Checkpoints_NotOperator(msg.sender);
        bytes32 stored = _words[organization][stream];
        bool opens = stored == 0 ? previous.root == 0 && previous.size == 0 : _seal(previous) == bytes28(stored);
        if (!opens) revert Checkpoints_Stale(organization, stream, stored);
        if (next.size <= previous.size) {
            revert Checkpoints_NotGrowing(organization, stream, previous.size, next.size);
        }
        uint32 time = uint32(block.timestamp);
        _words[organization][stream] = bytes32(_seal(next)) | bytes32(uint256(time));
        emit CheckpointPosted(organization, stream, next.root, next.size, time);
    }

    /// @inheritdoc ICheckpoints
    function word(uint32 organization, uint8 stream) external view override returns (bytes32) {
        return _words[organization][stream];
    }

    /// @inheritdoc ICheckpoints
    function matches(uint32 organization, uint8 stream, Checkpoint calldata checkpoint)
        public
        view
        override
        returns (bool matched, uint32 time)
    {
        bytes32 stored = _words[organization][stream];
        matched = stored != 0 && _seal(checkpoint) == bytes28(stored);
        if (matched) time = uint32(uint256(stored));
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

    /// @dev What stands for a checkpoint in the stored word: 224 bits of its hash, the rest is the time.
    function _seal(Checkpoint calldata checkpoint) private pure returns (bytes28) {
        return bytes28(keccak256(abi.encode(checkpoint.root, checkpoint.size)));
    }
}
